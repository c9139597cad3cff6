import { createVerify, type KeyObject } from 'node:crypto'
import { signingOptions, type SignatureAlgorithm } from '../../core/domain/key-algorithms.ts'
import type { RunningVerification } from '../../core/ports/signature-verifier.ts'
import { keyRefused } from './key-refused.ts'
import { keyFor } from './verdict-on.ts'

/** A public key as `load` takes it. */
type GivenKey = { readonly spki: Uint8Array; readonly field: string }

/**
 * A verification piece by piece, on the caller's thread: a piece of 128 KiB is hashed in a tenth of a millisecond. What
 * has no digest of its own (Ed25519, ML-DSA) is put together and given to `whole`.
 * @throws csr_invalid naming the key's field when it isn't a key
 */
export function runningVerification(
  { spki, field }: GivenKey,
  algorithm: SignatureAlgorithm,
  whole: (data: Uint8Array, signature: Uint8Array) => Promise<boolean>,
): RunningVerification {
  const { digest, padding } = signingOptions(algorithm)
  if (digest === null) {
    const pieces: Uint8Array[] = []
    return {
      add: (piece) => void pieces.push(piece),
      verify: (signature) => whole(Buffer.concat(pieces), signature),
    }
  }
  const key = usable(spki, field, algorithm)
  const verification = createVerify(digest)
  return {
    add: (piece) => void verification.update(piece),
    verify: async (signature) => {
      try {
        return key !== undefined && verification.verify({ key, ...padding }, signature)
      } catch {
        // What isn't even of a signature's form.
        return false
      }
    },
  }
}

function usable(spki: Uint8Array, field: string, algorithm: SignatureAlgorithm): KeyObject | undefined {
  try {
    return keyFor(spki, algorithm)
  } catch {
    throw keyRefused(field)
  }
}
