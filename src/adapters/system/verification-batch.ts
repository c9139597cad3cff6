import { SIGNATURE_ALGORITHM_NAMES, type SignatureAlgorithm } from '../../core/domain/key-algorithms.ts'

/** One signature to check. `slot` is 0 for a key that is used once; the worker keeps a key with a slot loaded. */
export type Verification = {
  readonly slot: number
  readonly spki: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly data: Uint8Array
  readonly signature: Uint8Array
}

/** What a worker says about a verification, one octet each, in the order of the batch. */
export const VERDICT = { wrong: 0, right: 1, keyRefused: 2 } as const

const HEADER_OCTETS = 17

/**
 * Many verifications as one run of octets, to be transferred: one buffer crosses threads without a copy, where an array
 * of objects is cloned member by member, and each view of a pooled Buffer drags its whole 8 KiB pool along.
 */
export function packed(batch: readonly Verification[]): Uint8Array<ArrayBuffer> {
  let length = 0
  for (const { spki, data, signature } of batch)
    length += HEADER_OCTETS + spki.length + data.length + signature.length
  const octets = new Uint8Array(length)
  const view = new DataView(octets.buffer)
  let at = 0
  for (const { slot, spki, algorithm, data, signature } of batch) {
    view.setUint32(at, slot)
    view.setUint8(at + 4, SIGNATURE_ALGORITHM_NAMES.indexOf(algorithm))
    view.setUint32(at + 5, spki.length)
    view.setUint32(at + 9, data.length)
    view.setUint32(at + 13, signature.length)
    at += HEADER_OCTETS
    for (const part of [spki, data, signature]) {
      octets.set(part, at)
      at += part.length
    }
  }
  return octets
}

/** The verifications in what `packed` made, as views of it. An algorithm that isn't in the table ends the batch. */
export function* unpacked(octets: Uint8Array): Generator<Verification> {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  let at = 0
  const take = (length: number): Uint8Array => octets.subarray(at, (at += length))
  while (at < octets.length) {
    const slot = view.getUint32(at)
    const algorithm = SIGNATURE_ALGORITHM_NAMES[view.getUint8(at + 4)]
    if (algorithm === undefined) return
    const [spki, data, signature] = [view.getUint32(at + 5), view.getUint32(at + 9), view.getUint32(at + 13)]
    at += HEADER_OCTETS
    yield { slot, algorithm, spki: take(spki), data: take(data), signature: take(signature) }
  }
}
