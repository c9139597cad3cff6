import { REVOCATION_REASONS } from '../domain/revocation.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { OCSP_ERRORS, type CertStatus, type OcspError } from '../domain/ocsp.ts'
import type { Millis } from '../domain/time.ts'
import { algorithmIdentifier } from './algorithm-identifiers.ts'
import { DerBuilder } from './der/builder.ts'
import { withDerErrors } from './der/errors.ts'
import { TAG, contextConstructed, contextPrimitive } from './der/tags.ts'
import { checkTime } from './der/time.ts'
import { element, explicit, generalizedTime, oid, sequence } from './der/writer.ts'
import { OID } from './oids.ts'

/** One certificate of an answer. */
export type SingleResponse = {
  /** DER of the CertID, as the client wrote it. */
  readonly certId: Uint8Array
  readonly status: CertStatus
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis
}

/** Everything that an answer says. */
export type OcspDraft = {
  readonly signatureAlgorithm: SignatureAlgorithm
  /** SHA-1 of the responder's public key (RFC 6960 §4.2.1: KeyHash). */
  readonly responderKeyHash: Uint8Array
  readonly producedAt: Millis
  readonly responses: readonly SingleResponse[]
  readonly nonce: Uint8Array | undefined
}

const GOOD = Uint8Array.of(contextPrimitive(0), 0)
const UNKNOWN = Uint8Array.of(contextPrimitive(2), 0)
const NONCE_OID = oid(OID.ocspNonce)
const BASIC_OID = oid(OID.ocspBasic)
/** `ENUMERATED 0`: successful. */
const SUCCESSFUL = Uint8Array.of(TAG.enumerated, 1, 0)

const builder = new DerBuilder()

/**
 * DER of the ResponseData (RFC 6960 §4.2.1): version 1, responder by key (RFC 9919 §3.2.2), times as GeneralizedTime
 * without fractions (§3.2.4).
 * @throws request_invalid for times outside 1950 to 9999
 */
export function encodeResponseData(draft: OcspDraft): Uint8Array {
  return withDerErrors('request_invalid', 'ocspResponse', () => {
    builder.reset()
    if (draft.nonce !== undefined) putNonce(draft.nonce)
    const responses = builder.size
    for (let i = draft.responses.length - 1; i >= 0; i--)
      putSingleResponse(draft.responses[i] as SingleResponse)
    builder.wrap(TAG.sequence, responses)
    putTime(draft.producedAt)
    const responder = builder.size
    builder.put(draft.responderKeyHash)
    builder.wrap(TAG.octetString, responder)
    builder.wrap(contextConstructed(2), responder)
    builder.wrap(TAG.sequence, 0)
    return builder.bytes()
  })
}

function putNonce(nonce: Uint8Array): void {
  const start = builder.size
  builder.put(nonce)
  builder.wrap(TAG.octetString, start)
  builder.wrap(TAG.octetString, start)
  builder.put(NONCE_OID)
  builder.wrap(TAG.sequence, start)
  builder.wrap(TAG.sequence, start)
  builder.wrap(contextConstructed(1), start)
}

function putSingleResponse({ certId, status, thisUpdate, nextUpdate }: SingleResponse): void {
  const start = builder.size
  putTime(nextUpdate)
  builder.wrap(contextConstructed(0), start)
  putTime(thisUpdate)
  putStatus(status)
  builder.put(certId)
  builder.wrap(TAG.sequence, start)
}

function putStatus(status: CertStatus): void {
  if (status.kind !== 'revoked') return builder.put(status.kind === 'good' ? GOOD : UNKNOWN)
  const start = builder.size
  // As in CRLs (RFC 5280 §5.3.1): absent instead of unspecified.
  if (status.reason !== 'unspecified')
    builder.put(explicit(0, element(TAG.enumerated, Uint8Array.of(REVOCATION_REASONS[status.reason]))))
  putTime(status.revokedAt)
  builder.wrap(contextConstructed(1), start)
}

function putTime(time: Millis): void {
  checkTime(time)
  builder.put(generalizedTime(time))
}

/** The certificates that prove who answered, as every answer of a responder has them (RFC 6960 §4.2.1: certs). */
export const responderCertificates = (certificates: readonly Uint8Array[]): Uint8Array =>
  explicit(0, sequence(...certificates))

/**
 * DER of a successful OCSPResponse.
 * @param certificates as `responderCertificates` has written them
 */
export function assembleOcspResponse(
  responseData: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
  certificates: Uint8Array,
): Uint8Array {
  builder.reset()
  builder.put(certificates)
  const bits = builder.size
  builder.put(signature)
  builder.put(NO_UNUSED_BITS)
  builder.wrap(TAG.bitString, bits)
  builder.put(algorithmIdentifier(algorithm))
  builder.put(responseData)
  builder.wrap(TAG.sequence, 0)
  builder.wrap(TAG.octetString, 0)
  builder.put(BASIC_OID)
  builder.wrap(TAG.sequence, 0)
  builder.wrap(contextConstructed(0), 0)
  builder.put(SUCCESSFUL)
  builder.wrap(TAG.sequence, 0)
  return builder.bytes()
}
const NO_UNUSED_BITS = Uint8Array.of(0)

const FAILED: Readonly<Record<OcspError, Uint8Array>> = Object.freeze(
  Object.fromEntries(
    Object.entries(OCSP_ERRORS).map(([name, code]) => [
      name,
      sequence(element(TAG.enumerated, Uint8Array.of(code))),
    ]),
  ) as Record<OcspError, Uint8Array>,
)
/** DER of an OCSPResponse that says why there is no answer; unsigned (RFC 6960 §2.3). The array is shared. */
export const ocspErrorResponse = (error: OcspError): Uint8Array => FAILED[error]
