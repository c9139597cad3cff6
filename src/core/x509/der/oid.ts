import { DerError } from './errors.ts'

/** Longest OID accepted, in content octets: room for a UUID arc (X.667) under a few more. */
const MAX_OID_OCTETS = 64
const MAX_OID_TEXT = 200
const TEXT = /^[0-2](\.(0|[1-9][0-9]*))+$/

// The same few dozen OIDs stand in every certificate; making their text was a quarter of the time of reading one.
// One slot a hash: an OID from outside can displace another, never let the memory grow.
const SLOTS = 256
const MAX_REMEMBERED = 16
const remembered: ({ readonly octets: Uint8Array; readonly text: string } | undefined)[] = Array.from(
  { length: SLOTS },
  () => undefined,
)

/**
 * Dotted text of an OBJECT IDENTIFIER's content octets (X.690 §8.19).
 * @throws DerError for empty, over-long, cut-off and non-minimal encodings
 */
export function oidText(bytes: Uint8Array, from: number, to: number, what: string): string {
  const length = to - from
  if (length > MAX_REMEMBERED) return decodeOid(bytes, from, to, what)
  let hash = length
  for (let i = from; i < to; i++) hash = (hash * 31 + (bytes[i] as number)) | 0
  const slot = hash & (SLOTS - 1)
  const known = remembered[slot]
  if (known !== undefined && sameContent(known.octets, bytes, from, length)) return known.text
  const text = decodeOid(bytes, from, to, what)
  remembered[slot] = { octets: bytes.slice(from, to), text }
  return text
}

function sameContent(octets: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (octets.length !== length) return false
  for (let i = 0; i < length; i++) if (octets[i] !== bytes[from + i]) return false
  return true
}

function decodeOid(bytes: Uint8Array, from: number, to: number, what: string): string {
  if (to === from) throw new DerError('der_oid', `${what}: an OBJECT IDENTIFIER is empty`)
  if (to - from > MAX_OID_OCTETS) throw new DerError('der_oid', `${what}: an OBJECT IDENTIFIER is too long`)
  if ((bytes[to - 1] as number) >= 0x80)
    throw new DerError('der_oid', `${what}: an OBJECT IDENTIFIER is cut off`)
  let text = ''
  let arc = 0
  let big: bigint | undefined
  let fresh = true
  for (let i = from; i < to; i++) {
    const octet = bytes[i] as number
    if (fresh && octet === 0x80) {
      throw new DerError(
        'der_ber',
        `${what}: this is BER (an OBJECT IDENTIFIER not in its shortest form); DER is required`,
      )
    }
    fresh = octet < 0x80
    if (big !== undefined) big = big * 128n + BigInt(octet & 0x7f)
    else if (arc > 0x3fff_ffff_ffff) big = BigInt(arc) * 128n + BigInt(octet & 0x7f)
    else arc = arc * 128 + (octet & 0x7f)
    if (!fresh) continue
    if (text !== '') text += `.${big ?? arc}`
    else if (arc < 80 && big === undefined) text = arc < 40 ? `0.${arc}` : `1.${arc - 40}`
    else text = `2.${big === undefined ? arc - 80 : big - 80n}`
    arc = 0
    big = undefined
  }
  return text
}

/** Content octets of a dotted OID, or undefined when the text is none (X.660: first arc 0 to 2, second below 40). */
export function oidOctets(text: string): Uint8Array | undefined {
  if (text.length > MAX_OID_TEXT || !TEXT.test(text)) return undefined
  const arcs = text.split('.')
  const first = Number(arcs[0])
  const second = BigInt(arcs[1] as string)
  if (first < 2 && second > 39n) return undefined
  const octets: number[] = []
  pushArc(octets, BigInt(first * 40) + second)
  for (let i = 2; i < arcs.length; i++) pushArc(octets, BigInt(arcs[i] as string))
  return octets.length > MAX_OID_OCTETS ? undefined : Uint8Array.from(octets)
}

function pushArc(octets: number[], arc: bigint): void {
  const groups: number[] = [Number(arc & 0x7fn)]
  for (let rest = arc >> 7n; rest > 0n; rest >>= 7n) groups.push(Number(rest & 0x7fn) | 0x80)
  octets.push(...groups.reverse())
}
