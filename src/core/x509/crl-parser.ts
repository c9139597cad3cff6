import { reasonNamed } from '../domain/revocation.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import { outlineCrl, type CrlOutline } from './crl-outline.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG } from './der/tags.ts'
import { readExtensions } from './extension-list.ts'
import { OID } from './oids.ts'

export type ParsedCrlEntry = {
  /** Lower-case hex of the magnitude, without leading zero octets. */
  readonly serial: string
  readonly revokedAt: Millis
  readonly reason: RevocationReason | 'removeFromCRL'
  readonly invalidityDate?: Millis
}
export type ParsedCrl = CrlOutline & {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  readonly entryCount: number
  /** Walks the entries, which have all been checked; each call begins anew. */
  readonly entries: () => Iterable<ParsedCrlEntry>
}

const ENTRY = 'a revoked certificate'

/**
 * Parses a CertificateList (RFC 5280 §5.1); its signature is not verified. Entries aren't turned into objects but
 * walked when asked for.
 * @throws request_invalid naming `field`
 */
export function parseCrl(der: Uint8Array, field = 'crl'): ParsedCrl {
  return withDerErrors('request_invalid', field, () => {
    const outline = outlineCrl(der, der, der.length, field)
    const { from, to } = outline.entriesAt ?? { from: 0, to: 0 }
    const entries = () => walk(der, from, to)
    let entryCount = 0
    for (const _ of entries()) entryCount++
    const tbs = der.subarray(outline.tbsAt.from, outline.tbsAt.to)
    return { ...outline, der, tbs, entryCount, entries }
  })
}

function* walk(der: Uint8Array, from: number, to: number): Generator<ParsedCrlEntry> {
  // Certificate list, TBSCertList and the list itself are three levels.
  const reader = new DerReader(der, from, to, 3)
  while (!reader.done) yield readEntry(reader)
}

function readEntry(reader: DerReader): ParsedCrlEntry {
  const entry = reader.enter(TAG.sequence, ENTRY)
  const octets = entry.integer('a serial number')
  const revokedAt = entry.time('a revocation date').time
  const extensions = entry.done ? [] : readExtensions(entry, 'the extensions of an entry')
  entry.finish(ENTRY)
  let reason: ParsedCrlEntry['reason'] = 'unspecified'
  let invalidityDate: Millis | undefined
  for (const { oid, critical, value } of extensions) {
    if (oid === OID.reasonCode) reason = readReason(value)
    else if (oid === OID.invalidityDate)
      invalidityDate = new DerReader(value).time('the invalidity date').time
    // RFC 5280 §5.3: a CRL with a critical entry extension that isn't understood must not be used.
    else if (critical)
      throw new DerError('crl_entry_critical', `an entry has the unknown critical extension ${oid}`)
  }
  const magnitude = octets[0] === 0 ? octets.subarray(1) : octets
  const serial = Buffer.from(magnitude.buffer, magnitude.byteOffset, magnitude.length).toString('hex')
  return { serial, revokedAt, reason, ...(invalidityDate !== undefined && { invalidityDate }) }
}

const REMOVE_FROM_CRL = 8
function readReason(value: Uint8Array): ParsedCrlEntry['reason'] {
  const reader = new DerReader(value)
  const code = reader.smallInteger('a reason code', TAG.enumerated)
  reader.finish('a reason code')
  if (code === REMOVE_FROM_CRL) return 'removeFromCRL'
  const reason = reasonNamed(code)
  if (reason === 'unspecified' && code !== 0) {
    throw new DerError('crl_reason', `the reason code ${code} doesn't exist (RFC 5280 §5.3.1)`)
  }
  return reason
}
