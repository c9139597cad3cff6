import type { Millis } from '../domain/time.ts'
import { readAlgorithmIdentifier } from './algorithm-identifiers.ts'
import type { AlgorithmIdentifier } from './algorithm-identifiers.ts'
import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { readName } from './distinguished-names.ts'
import { readExtensions } from './extension-list.ts'
import type { Extension } from './types.ts'

/** Octets of a file, the end not included. */
export type OctetRange = { readonly from: number; readonly to: number }

/** Everything that a CRL says but its entries. */
export type CrlOutline = {
  /** As people count: 2 for v2. */
  readonly version: number
  readonly signatureAlgorithm: AlgorithmIdentifier
  readonly issuer: Uint8Array
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis | undefined
  readonly extensions: readonly Extension[]
  readonly outerAlgorithm: AlgorithmIdentifier
  readonly signature: Uint8Array
  /** Where what is signed lies in the file. */
  readonly tbsAt: OctetRange
  /** Where the entries lie, without the SEQUENCE around them; undefined where revokedCertificates is absent. */
  readonly entriesAt: OctetRange | undefined
}

const CRL = 'the CRL'

/**
 * Reads a CertificateList (RFC 5280 §5.1) around its entries, which needn't be there: from the octets up to the first
 * one, and those after the last one up to the end, each perhaps with more; from the whole file twice, as well.
 * @param length of the whole file
 * @throws request_invalid naming `field`
 */
export const outlineCrl = (head: Uint8Array, tail: Uint8Array, length: number, field = 'crl'): CrlOutline =>
  withDerErrors('request_invalid', field, () => outline(head, tail, length))

function outline(head: Uint8Array, tail: Uint8Array, length: number): CrlOutline {
  const reader = new DerReader(head, 0, length)
  const outer = reader.enter(TAG.sequence, CRL)
  reader.finish(CRL)
  const start = outer.at
  const list = outer.enter(TAG.sequence, 'the TBSCertList')
  const version = readVersion(list)
  const signatureAlgorithm = readAlgorithmIdentifier(list, 'the signature algorithm')
  const issuer = readName(list, 'the issuer')
  const thisUpdate = list.time('thisUpdate').time
  const hasNext = list.has(TAG.utcTime) || list.has(TAG.generalizedTime)
  const nextUpdate = hasNext ? list.time('nextUpdate').time : undefined
  const revoked = list.has(TAG.sequence) ? list.enter(TAG.sequence, 'the revoked certificates') : undefined
  // RFC 5280 §5.1.2.6: the list is absent when it is empty.
  if (revoked?.done === true) throw new DerError('crl_empty', 'the list of entries is empty')
  const skipped = length - tail.length
  if (list.at < skipped || (revoked?.at ?? list.at) > head.length)
    throw new DerError('der_truncated', `${CRL}: the data ends too early`)
  const rest = new DerReader(tail, list.at - skipped, list.end - skipped, list.depth)
  const extensions = rest.has(contextConstructed(0)) ? readCrlExtensions(rest) : []
  rest.finish('the TBSCertList')
  const signed = new DerReader(tail, outer.at - skipped, outer.end - skipped, outer.depth)
  const outerAlgorithm = readAlgorithmIdentifier(signed, 'the signature algorithm')
  const signature = signed.bitString('the signature')
  signed.finish(CRL)
  return {
    version,
    signatureAlgorithm,
    issuer,
    thisUpdate,
    nextUpdate,
    extensions,
    outerAlgorithm,
    signature,
    tbsAt: { from: start, to: outer.at },
    entriesAt: revoked && { from: revoked.at, to: revoked.end },
  }
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
