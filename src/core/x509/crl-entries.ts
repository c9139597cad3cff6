import { REVOCATION_REASONS } from '../domain/revocation.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import { DerError, violationError, withDerErrors } from './der/errors.ts'
import { TAG } from './der/tags.ts'
import { checkTime, GENERALIZED_TIME_FROM, putTime, timeFrom } from './der/time.ts'

/** Why an entry stands in a CRL; in a delta also that it stands in later ones no more (RFC 5280 §5.3.1). */
export type EntryReason = RevocationReason | 'removeFromCRL'

/** A revoked certificate as a CRL is to name it; `serial` as octets or hex, with or without leading zeros. */
export type CrlEntry = {
  readonly serial: Uint8Array | string
  readonly revokedAt: Millis
  readonly reason: EntryReason
}

/** Largest serial written: RFC 5280 §4.1.2.2 allows 20 octets, which include a leading 00. */
const MAX_SERIAL = 20
/** Octets that one entry takes at most: header, serial, GeneralizedTime, reason. */
export const MAX_ENTRY = 2 + (2 + MAX_SERIAL) + 17 + 14
/** `SEQUENCE { SEQUENCE { OID 2.5.29.21, OCTET STRING { ENUMERATED … } } }`, its last octet the reason. */
const REASON = Uint8Array.of(0x30, 12, 0x30, 10, 0x06, 3, 0x55, 0x1d, 0x15, 0x04, 3, 0x0a, 1, 0)
/** RFC 5280 §5.3.1: only in deltas. */
const REMOVE_FROM_CRL = 8

/**
 * The entries of revokedCertificates (RFC 5280 §5.1.2.6), one after the other, without the SEQUENCE around them: a
 * million cost about their own size. crlEntryExtensions are left out where there is no reason to tell (§5.3, §5.3.1).
 * @throws request_invalid for a serial that is zero, no hex or over 20 octets, and for times outside 1950 to 9999
 */
export const encodeEntries = (entries: Iterable<CrlEntry>): Uint8Array =>
  withDerErrors('request_invalid', 'crl', () => {
    let out = new Uint8Array(4096)
    let at = 0
    for (const entry of entries) {
      if (at + MAX_ENTRY > out.length) {
        const larger = new Uint8Array(out.length * 2)
        larger.set(out)
        out = larger
      }
      at = putEntry(out, at, entry)
    }
    return out.slice(0, at)
  })

/** Writes one entry; its length always fits one octet. Returns where it ends. */
function putEntry(out: Uint8Array, start: number, { serial, revokedAt, reason }: CrlEntry): number {
  let at = typeof serial === 'string' ? putHex(out, start + 2, serial) : putSerial(out, start + 2, serial)
  checkTime(revokedAt)
  at += putTime(out, at, revokedAt)
  // RFC 5280 §5.3.1: the reason should be absent instead of unspecified.
  if (reason !== 'unspecified') {
    out.set(REASON, at)
    at += REASON.length
    out[at - 1] = reason === 'removeFromCRL' ? REMOVE_FROM_CRL : REVOCATION_REASONS[reason]
  }
  out[start] = TAG.sequence
  out[start + 1] = at - start - 2
  return at
}

function putSerial(out: Uint8Array, at: number, octets: Uint8Array): number {
  let from = 0
  while (from < octets.length && octets[from] === 0) from++
  let pos = putSerialHeader(out, at, octets.length - from, octets[from] ?? 0)
  for (let i = from; i < octets.length; i++) out[pos++] = octets[i] as number
  return pos
}

/** By hand and in place: `Buffer.from` a million times costs a second more, and an array each has to be collected. */
function putHex(out: Uint8Array, at: number, hex: string): number {
  let from = 0
  while (from < hex.length && hex.charCodeAt(from) === ZERO) from++
  const digits = hex.length - from
  // With an odd number of digits, the first one is an octet by itself.
  const odd = digits % 2
  const first =
    digits === 0 ? 0 : octetOf(odd === 1 ? ZERO : hex.charCodeAt(from), hex.charCodeAt(from + 1 - odd))
  let pos = putSerialHeader(out, at, Math.ceil(digits / 2), first)
  if (digits > 0) out[pos++] = first
  for (let i = from + 2 - odd; i < hex.length; i += 2)
    out[pos++] = octetOf(hex.charCodeAt(i), hex.charCodeAt(i + 1))
  return pos
}

/** Tag, length, and the 00 before what would be negative. @throws ChanceryError for a serial of the wrong size */
function putSerialHeader(out: Uint8Array, at: number, octets: number, first: number): number {
  const negative = first >= 0x80 ? 1 : 0
  const length = octets + negative
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  if (length === 0 || length > MAX_SERIAL) throw badSerial()
  out[at] = TAG.integer
  out[at + 1] = length
  if (negative === 1) out[at + 2] = 0
  return at + 2 + negative
}

const badSerial = () =>
  violationError(
    'request_invalid',
    'serial',
    'crl.entries.serial',
    'a serial is 1 to 20 octets, as hex, and not zero',
  )

const ZERO = 0x30
const octetOf = (high: number, low: number): number => (nibble(high) << 4) | nibble(low)

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x61 + 10
  throw badSerial()
}

/**
 * Reads entries back, whole ones and nothing but what this product writes: positive serials of at most 20 octets in
 * their shortest form, UTCTime through 2049 and GeneralizedTime from 2050 (RFC 5280 §5.1.2.6), one reason or none. A
 * reader of its own, not the general one: it is to see a million entries each time they are signed, in a tenth of a
 * second.
 * @returns how many there are
 * @throws internal, since what is wrong was written or kept by us
 */
export const checkEntries = (octets: Uint8Array, delta: boolean): number =>
  withDerErrors('internal', 'crl.entries', () => {
    let count = 0
    for (let at = 0; at < octets.length; count++) at = entryEnd(octets, at, delta)
    return count
  })

/** Every comparison is one that a value beyond the end, undefined, fails. */
function entryEnd(octets: Uint8Array, start: number, delta: boolean): number {
  const length = octets[start + 1] as number
  const end = start + 2 + length
  if (octets[start] !== TAG.sequence || !(length < 0x80 && end <= octets.length))
    throw wrong('an entry', start)
  let at = serialEnd(octets, start + 2)
  at = dateEnd(octets, at, end)
  if (at !== end) {
    for (let i = 0; i < REASON.length - 1; i++)
      if (octets[at + i] !== REASON[i]) throw wrong('a reason', start)
    const code = octets[at + REASON.length - 1] as number
    if (!(REASON_CODES.has(code) || (delta && code === REMOVE_FROM_CRL))) throw wrong('a reason', start)
    at += REASON.length
  }
  if (at !== end) throw wrong('an entry', start)
  return end
}

/** RFC 5280 §5.3.1: `unspecified` isn't written, 7 isn't used. */
const REASON_CODES: ReadonlySet<number> = new Set(
  Object.values(REVOCATION_REASONS).filter((code) => code !== REVOCATION_REASONS.unspecified),
)

function serialEnd(octets: Uint8Array, at: number): number {
  const size = octets[at + 1] as number
  const first = octets[at + 2] as number
  const second = octets[at + 3] as number
  const shortest = first > 0 || (size > 1 && second >= 0x80)
  if (octets[at] !== TAG.integer || !(size >= 1 && size <= MAX_SERIAL) || !(first < 0x80 && shortest))
    throw wrong('a serial', at)
  return at + 2 + size
}

function dateEnd(octets: Uint8Array, at: number, end: number): number {
  const size = octets[at + 1] as number
  const generalized = octets[at] === TAG.generalizedTime
  if (!(generalized || octets[at] === TAG.utcTime) || !(at + 2 + size <= end)) throw wrong('a date', at)
  const time = timeFrom(octets, at + 2, at + 2 + size, generalized, 'a revocation date')
  if (generalized !== time >= GENERALIZED_TIME_FROM) throw wrong('a date', at)
  return at + 2 + size
}

const wrong = (what: string, at: number): DerError =>
  new DerError('crl_entry', `${what} at octet ${at} is damaged, and is not signed`)
