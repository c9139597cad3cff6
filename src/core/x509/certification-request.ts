import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { assembleSigned } from './certificate.ts'
import { TAG } from './der/tags.ts'
import { TRUE, element, explicit, integer, octetString, oid, sequence } from './der/writer.ts'
import { OID } from './oids.ts'
import type { Extension } from './types.ts'

/** A PKCS#10 request to be signed: what it asks an authority outside to certify. */
export type RequestDraft = {
  /** DER of a Name. */
  readonly subject: Uint8Array
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** Wishes only: whoever signs decides. */
  readonly extensions: readonly Extension[]
  readonly signatureAlgorithm: SignatureAlgorithm
}

/** DER of the CertificationRequestInfo (RFC 2986 §4.1), its extensions as extensionRequest (RFC 2985 §5.4.2). */
export function encodeRequestInfo({ subject, spki, extensions }: RequestDraft): Uint8Array {
  const request = sequence(
    oid(OID.extensionRequest),
    element(TAG.set, sequence(...extensions.map(encodeExtension))),
  )
  return sequence(integer(0), subject, spki, explicit(0, ...(extensions.length === 0 ? [] : [request])))
}

/** RFC 5280 §4.1; critical is DEFAULT FALSE, which DER doesn't write (X.690 §11.5). */
const encodeExtension = ({ oid: type, critical, value }: Extension): Uint8Array =>
  critical ? sequence(oid(type), TRUE, octetString(value)) : sequence(oid(type), octetString(value))

/** DER of the CertificationRequest (RFC 2986 §4.2). */
export const assembleRequest = (
  info: Uint8Array,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Uint8Array => assembleSigned(info, algorithm, signature)
