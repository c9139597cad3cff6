import { REVOCATION_REASONS } from '../domain/revocation.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { Millis } from '../domain/time.ts'
import { algorithmIdentifier } from './algorithm-identifiers.ts'
import { assembleSigned } from './certificate.ts'
import { DerBuilder } from './der/builder.ts'
import { violationError, withDerErrors } from './der/errors.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { checkTime, putTime } from './der/time.ts'
import { concat, element, lengthOctets, putHeader, time } from './der/writer.ts'
import { putExtension } from './extension-list.ts'
import type { Extension } from './types.ts'

/** A revoked certificate as a CRL is to name it; `serial` as octets or hex, with or without leading zeros. */
export type RevokedEntry = {
  readonly serial: Uint8Array | string
  readonly revokedAt: Millis
  readonly reason: RevocationReason
}
export type CertListDraft = {
  readonly signatureAlgorithm: SignatureAlgorithm
  /** DER of a Name. */
  readonly issuer: Uint8Array
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis
  readonly entries: Iterable<RevokedEntry>
  readonly extensions: readonly Extension[]
}

/** Largest serial written: RFC 5280 §4.1.2.2 allows 20 octets, which include a leading 00. */
const MAX_SERIAL = 20
/** Octets that one entry takes at most: header, serial, GeneralizedTime, reason. */
const MAX_ENTRY = 2 + (2 + MAX_SERIAL) + 17 + 14
/** `SEQUENCE { SEQUENCE { OID 2.5.29.21, OCTET STRING { ENUMERATED … } } }`, its last octet the reason. */
const REASON = Uint8Array.of(0x30, 12, 0x30, 10, 0x06, 3, 0x55, 0x1d, 0x15, 0x04, 3, 0x0a, 1, 0)
/** `INTEGER 1`: version 2, which extensions oblige to (RFC 5280 §5.1.2.1). */
const VERSION_2 = Uint8Array.of(TAG.integer, 1, 1)

/**
 * DER of the TBSCertList (RFC 5280 §5.1.2). The entries are written one by one into growing memory, so a million of
 * them cost about their own size. revokedCertificates is left out when there are none (§5.1.2.6), crlEntryExtensions
 * when there is no reason to tell (§5.3, §5.3.1).
 * @throws request_invalid for a serial that is zero, no hex or over 20 octets, and for times outside 1950 to 9999
 */
export function encodeTbsCertList(draft: CertListDraft): Uint8Array {
  return withDerErrors('request_invalid', 'crl', () => {
    const entries = encodeEntries(draft.entries)
    const parts = [
      VERSION_2,
      algorithmIdentifier(draft.signatureAlgorithm),
      draft.issuer,
      time(draft.thisUpdate),
      time(draft.nextUpdate),
    ]
    if (entries.length > 0) parts.push(header(TAG.sequence, entries.length), entries)
    if (draft.extensions.length > 0) parts.push(encodeExtensions(draft.extensions))
    const length = parts.reduce((sum, part) => sum + part.length, 0)
    return concat(header(TAG.sequence, length), ...parts)
  })
}

function header(tag: number, length: number): Uint8Array {
  const out = new Uint8Array(1 + lengthOctets(length))
  putHeader(out, 0, tag, length)
  return out
}

function encodeExtensions(extensions: readonly Extension[]): Uint8Array {
  const builder = new DerBuilder(512)
  builder.reset()
  for (const one of extensions.toReversed()) putExtension(builder, one)
  builder.wrap(TAG.sequence, 0)
  return element(contextConstructed(0), builder.bytes())
}

function encodeEntries(entries: Iterable<RevokedEntry>): Uint8Array {
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
  return out.subarray(0, at)
}

/** Writes one entry; its length always fits one octet. Returns where it ends. */
function putEntry(out: Uint8Array, start: number, { serial, revokedAt, reason }: RevokedEntry): number {
  let at = putSerial(out, start + 2, typeof serial === 'string' ? hexOctets(serial) : serial)
  checkTime(revokedAt)
  at += putTime(out, at, revokedAt)
  // RFC 5280 §5.3.1: the reason should be absent instead of unspecified.
  if (reason !== 'unspecified') {
    out.set(REASON, at)
    at += REASON.length
    out[at - 1] = REVOCATION_REASONS[reason]
  }
  out[start] = TAG.sequence
  out[start + 1] = at - start - 2
  return at
}

function putSerial(out: Uint8Array, at: number, octets: Uint8Array): number {
  let from = 0
  while (from < octets.length && octets[from] === 0) from++
  const negative = (octets[from] ?? 0) >= 0x80 ? 1 : 0
  const length = octets.length - from + negative
  // RFC 5280 §4.1.2.2: positive, at most 20 octets.
  if (length === 0 || length > MAX_SERIAL) throw badSerial()
  out[at] = TAG.integer
  out[at + 1] = length
  let pos = at + 2
  if (negative === 1) out[pos++] = 0
  for (let i = from; i < octets.length; i++) out[pos++] = octets[i] as number
  return pos
}

const badSerial = () =>
  violationError(
    'request_invalid',
    'serial',
    'crl.entries.serial',
    'a serial is 1 to 20 octets, as hex, and not zero',
  )

function nibble(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  if (lower >= 0x61 && lower <= 0x66) return lower - 0x61 + 10
  throw badSerial()
}

/** By hand, since `Buffer.from` a million times costs a second more. */
function hexOctets(hex: string): Uint8Array {
  const octets = new Uint8Array(Math.ceil(hex.length / 2))
  for (let i = hex.length - 1, at = octets.length - 1; i >= 0; i -= 2, at--) {
    octets[at] = (i > 0 ? nibble(hex.charCodeAt(i - 1)) << 4 : 0) | nibble(hex.charCodeAt(i))
  }
  return octets
}

/** DER of the CertificateList (RFC 5280 §5.1.1). */
export const assembleCrl = (
  tbs: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array => assembleSigned(tbs, algorithm, signature)
