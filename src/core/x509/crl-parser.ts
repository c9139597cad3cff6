import { reasonNamed } from '../domain/revocation.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import { readAlgorithmIdentifier } from './algorithm-identifiers.ts'
import type { AlgorithmIdentifier } from './algorithm-identifiers.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { readName } from './distinguished-names.ts'
import { readExtensions } from './extension-list.ts'
import { OID } from './oids.ts'
import type { Extension } from './types.ts'

export type ParsedCrlEntry = {
  /** Lower-case hex of the magnitude, without leading zero octets. */
  readonly serial: string
  readonly revokedAt: Millis
  readonly reason: RevocationReason | 'removeFromCRL'
  readonly invalidityDate?: Millis
}
export type ParsedCrl = {
  readonly der: Uint8Array
  readonly tbs: Uint8Array
  /** As people count: 2 for v2. */
  readonly version: number
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly issuer: Uint8Array
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis | undefined
  readonly entryCount: number
  /** Walks the entries, which have all been checked; each call begins anew. */
  readonly entries: () => Iterable<ParsedCrlEntry>
  readonly extensions: readonly Extension[]
  readonly outerAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
}

const CRL = 'the CRL'
const ENTRY = 'a revoked certificate'

/**
 * Parses a CertificateList (RFC 5280 §5.1); its signature is not verified. Entries aren't turned into objects but
 * walked when asked for.
 * @throws request_invalid naming `field`
 */
export function parseCrl(der: Uint8Array, field = 'crl'): ParsedCrl {
  return withDerErrors('request_invalid', field, () => {
    const reader = new DerReader(der)
    const outer = reader.enter(TAG.sequence, CRL)
    reader.finish(CRL)
    const start = outer.at
    const list = outer.enter(TAG.sequence, 'the TBSCertList')
    const tbs = der.subarray(start, outer.at)
    const version = readVersion(list)
    const signatureAlgorithm = readAlgorithmIdentifier(list, 'the signature algorithm')
    const issuer = readName(list, 'the issuer')
    const thisUpdate = list.time('thisUpdate').time
    const hasNext = list.has(TAG.utcTime) || list.has(TAG.generalizedTime)
    const nextUpdate = hasNext ? list.time('nextUpdate').time : undefined
    const revoked = list.has(TAG.sequence) ? list.enter(TAG.sequence, 'the revoked certificates') : undefined
    const extensions = list.has(contextConstructed(0)) ? readCrlExtensions(list) : []
    list.finish('the TBSCertList')
    const outerAlgorithm = readAlgorithmIdentifier(outer, 'the signature algorithm')
    const signature = outer.bitString('the signature')
    outer.finish(CRL)
    const from = revoked?.at ?? 0
    const to = revoked?.end ?? 0
    const entries = () => walk(der, from, to)
    let entryCount = 0
    for (const _ of entries()) entryCount++
    // RFC 5280 §5.1.2.6: the list is absent when it is empty.
    if (revoked !== undefined && entryCount === 0)
      throw new DerError('crl_empty', 'the list of entries is empty')
    return {
      der,
      tbs,
      version,
      signatureAlgorithm,
      issuer,
      thisUpdate,
      nextUpdate,
      entryCount,
      entries,
      extensions,
      outerAlgorithm,
      signature,
    }
  })
}

function readVersion(list: DerReader): number {
  if (!list.has(TAG.integer)) return 1
  // RFC 5280 §5.1.2.1: when it is there, it must be v2.
  if (list.smallInteger('the version') !== 1)
    throw new DerError('crl_version', 'the version must be v1 (absent) or v2')
  return 2
}

function readCrlExtensions(list: DerReader): readonly Extension[] {
  const tagged = list.enter(contextConstructed(0), 'the extensions')
  const extensions = readExtensions(tagged, 'the extensions')
  tagged.finish('the extensions')
  return extensions
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
