import { DerError, withDerErrors } from './der/errors.ts'
import { DerReader } from './der/reader.ts'
import { TAG, contextConstructed } from './der/tags.ts'
import { explicit, octetString, oid, sequence } from './der/writer.ts'
import { readExtensions } from './extension-list.ts'
import { readCertId, type CertId } from './ocsp-cert-id.ts'
import { OID } from './oids.ts'

/** Largest request read, in octets: a signature of ML-DSA-87 with its chain of three fits. */
export const MAX_OCSP_REQUEST = 32 * 1024
/** RFC 9919 §3.1.1 has one; openssl and others ask for a whole chain at once. */
export const MAX_CERT_IDS = 64
/** RFC 9654 §2.1: shorter and longer ones are malformed. */
export const MAX_NONCE = 128
export type OcspRequest = {
  readonly certIds: readonly CertId[]
  /** The nonce itself, 1 to 128 octets. */
  readonly nonce: Uint8Array | undefined
}

const REQUEST = 'the request'

/** DER of an OCSPRequest for CertIDs as `encodeCertId` gives them, unsigned (RFC 9919 §3.1). */
export function encodeOcspRequest(certIds: readonly Uint8Array[], nonce?: Uint8Array): Uint8Array {
  const list = sequence(...certIds.map((certId) => sequence(certId)))
  if (nonce === undefined) return sequence(sequence(list))
  const extension = sequence(oid(OID.ocspNonce), octetString(octetString(nonce)))
  return sequence(sequence(list, explicit(2, sequence(extension))))
}

/**
 * Parses an OCSPRequest (RFC 6960 §4.1). Its name and signature are read over: everybody may ask (RFC 9919 §3.1.2).
 * @throws request_invalid: what RFC 6960 calls a malformedRequest
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  return withDerErrors('request_invalid', 'ocspRequest', () => {
    if (der.length > MAX_OCSP_REQUEST)
      throw new DerError('ocsp_size', `larger than ${MAX_OCSP_REQUEST} octets`)
    const reader = new DerReader(der)
    const outer = reader.enter(TAG.sequence, REQUEST)
    const tbs = outer.enter(TAG.sequence, REQUEST)
    if (tbs.has(contextConstructed(0))) readVersion(tbs)
    // RFC 9919 §3.1.2: the same as if it were absent.
    if (tbs.has(contextConstructed(1))) tbs.checkedElement('the requestor’s name')
    const certIds = readRequests(tbs)
    const nonce = tbs.has(contextConstructed(2)) ? readNonce(tbs) : undefined
    tbs.finish(REQUEST)
    if (outer.has(contextConstructed(0))) outer.checkedElement('the signature')
    outer.finish(REQUEST)
    reader.finish(REQUEST)
    return { certIds, nonce }
  })
}

/** DER doesn't write the default, but some clients do, and nothing hangs on it. */
function readVersion(tbs: DerReader): void {
  const tagged = tbs.enter(contextConstructed(0), 'the version')
  if (tagged.smallInteger('the version') !== 0) throw new DerError('ocsp_version', 'the version must be v1')
  tagged.finish('the version')
}

function readRequests(tbs: DerReader): CertId[] {
  const list = tbs.enter(TAG.sequence, 'the list of requests')
  if (list.done) throw new DerError('ocsp_empty', 'asks for no certificate')
  const certIds: CertId[] = []
  while (!list.done) {
    if (certIds.length === MAX_CERT_IDS)
      throw new DerError('ocsp_count', `asks for more than ${MAX_CERT_IDS} certificates`)
    const one = list.enter(TAG.sequence, 'a single request')
    certIds.push(readCertId(one))
    if (one.has(contextConstructed(0))) {
      const tagged = one.enter(contextConstructed(0), 'the extensions of a single request')
      for (const { oid, critical } of readExtensions(tagged, 'the extensions of a single request'))
        refuseCritical(oid, critical)
      tagged.finish('the extensions of a single request')
    }
    one.finish('a single request')
  }
  return certIds
}

function readNonce(tbs: DerReader): Uint8Array | undefined {
  const tagged = tbs.enter(contextConstructed(2), 'the extensions')
  let nonce: Uint8Array | undefined
  for (const { oid, critical, value } of readExtensions(tagged, 'the extensions')) {
    if (oid !== OID.ocspNonce) refuseCritical(oid, critical)
    else if (nonce !== undefined) throw new DerError('ocsp_nonce', 'has two nonces')
    else nonce = nonceIn(value)
  }
  tagged.finish('the extensions')
  return nonce
}

/** The nonce in an extension's value. @throws DerError unless it has 1 to 128 octets (RFC 9654 §2.1) */
export function nonceIn(value: Uint8Array): Uint8Array {
  const reader = new DerReader(value)
  const nonce = reader.octetString('the nonce')
  reader.finish('the nonce')
  if (nonce.length === 0 || nonce.length > MAX_NONCE)
    throw new DerError('ocsp_nonce', `a nonce has 1 to ${MAX_NONCE} octets (RFC 9654 §2.1)`)
  return nonce
}

/** RFC 6960 §4.4: extensions that nobody here knows are ignored, unless they are critical. */
function refuseCritical(oid: string, critical: boolean): void {
  if (critical) throw new DerError('ocsp_critical', `has the unknown critical extension ${oid}`)
}
