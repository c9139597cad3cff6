import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { Millis } from '../domain/time.ts'
import { algorithmIdentifier } from './algorithm-identifiers.ts'
import { DerBuilder } from './der/builder.ts'
import { withDerErrors } from './der/errors.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { bitString, concat, element, lengthOctets, putHeader, time } from './der/writer.ts'
import { putExtension } from './extension-list.ts'
import type { Extension } from './types.ts'

/** A CRL but for its entries. */
export type CertListDraft = {
  readonly signatureAlgorithm: SignatureAlgorithm
  /** DER of a Name. */
  readonly issuer: Uint8Array
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis
  readonly extensions: readonly Extension[]
}

/** What stands before and after the entries of a CRL, of its TBSCertList or of the whole. */
export type CrlFrame = { readonly head: Uint8Array; readonly tail: Uint8Array }

/** `INTEGER 1`: version 2, which extensions oblige to (RFC 5280 §5.1.2.1). */
const VERSION_2 = Uint8Array.of(TAG.integer, 1, 1)

/**
 * The TBSCertList (RFC 5280 §5.1.2) around entries of so many octets, so that they needn't be in one place.
 * revokedCertificates is left out when there are none (§5.1.2.6).
 * @throws request_invalid for times outside 1950 to 9999
 */
export const tbsFrame = (draft: CertListDraft, entriesLength: number): CrlFrame =>
  withDerErrors('request_invalid', 'crl', () => {
    const fields = concat(
      VERSION_2,
      algorithmIdentifier(draft.signatureAlgorithm),
      draft.issuer,
      time(draft.thisUpdate),
      time(draft.nextUpdate),
      entriesLength === 0 ? new Uint8Array(0) : header(TAG.sequence, entriesLength),
    )
    const tail = draft.extensions.length === 0 ? new Uint8Array(0) : encodeExtensions(draft.extensions)
    const length = fields.length + entriesLength + tail.length
    return { head: concat(header(TAG.sequence, length), fields), tail }
  })

/** The CertificateList (RFC 5280 §5.1.1) around the same entries. */
export function signedFrame(
  tbs: CrlFrame,
  entriesLength: number,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): CrlFrame {
  const tail = concat(tbs.tail, algorithmIdentifier(algorithm), bitString(signature))
  const length = tbs.head.length + entriesLength + tail.length
  return { head: concat(header(TAG.sequence, length), tbs.head), tail }
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
