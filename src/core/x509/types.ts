import type { KeyAlgorithm, SignatureAlgorithm } from '../domain/key-algorithms.ts'
import type { GeneralName } from '../domain/names.ts'
import type { Millis } from '../domain/time.ts'

/** An extension as it stands in a certificate, a CSR's request or a CRL: `value` is the content of extnValue. */
export type Extension = {
  readonly oid: string
  readonly critical: boolean
  readonly value: Uint8Array
}

/** What a decision has settled about a certificate; everything that `encodeTbs` writes, nothing chosen later. */
export type CertificateDraft = {
  /** 16 octets, as drawn; written as a positive INTEGER. */
  readonly serial: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  /** DER of the issuer's Name: the very bytes of the issuer certificate's subject (RFC 5280 §4.1.2.4). */
  readonly issuer: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** DER of a Name. */
  readonly subject: Uint8Array
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  readonly extensions: readonly Extension[]
}

/** A public key as parsed from a SubjectPublicKeyInfo. `algorithm` is undefined where the product has no such key kind. */
export type PublicKeyInfo = {
  readonly algorithm: KeyAlgorithm | undefined
  /** Dotted OID of the AlgorithmIdentifier; for EC also the curve's. */
  readonly oid: string
  readonly curveOid?: string
  /** RSA: modulus length in bits; EC, EdDSA: field size; ML-DSA: length of the key itself; 0 where unknown. */
  readonly bits: number
  readonly rsa?: { readonly modulus: Uint8Array; readonly exponent: Uint8Array }
  /** EC and EdDSA: the content of the BIT STRING. */
  readonly point?: Uint8Array
  readonly spki: Uint8Array
}

/** A PKCS#10 request, parsed; its signature is *not* verified yet: that is the SignatureVerifier's work. */
export type CertificationRequest = {
  readonly der: Uint8Array
  /** DER of CertificationRequestInfo: the signed bytes. */
  readonly signedBytes: Uint8Array
  readonly signatureAlgorithm: SignatureAlgorithm
  readonly signature: Uint8Array
  /** DER of the Name, as the requester wrote it. */
  readonly subject: Uint8Array
  /** The subject's commonName values, most callers want these. */
  readonly commonNames: readonly string[]
  readonly publicKey: PublicKeyInfo
  /** Extensions of the extensionRequest attribute (RFC 2985 §5.4.2). */
  readonly extensions: readonly Extension[]
  /** subjectAltName of the above, in canonical form, in the order written. */
  readonly names: readonly GeneralName[]
}

/** A TBSCertificate or Certificate, parsed strictly as DER. Fields keep their order and their bytes. */
export type ParsedTbs = {
  readonly tbs: Uint8Array
  /** As people count: 3 for v3. */
  readonly version: number
  /** Content octets of the INTEGER, with the leading 00 where there is one. */
  readonly serialOctets: Uint8Array
  readonly signatureAlgorithm: { readonly oid: string; readonly der: Uint8Array }
  readonly issuer: Uint8Array
  readonly notBefore: { readonly time: Millis; readonly tag: 'utc' | 'generalized' }
  readonly notAfter: { readonly time: Millis; readonly tag: 'utc' | 'generalized' }
  readonly subject: Uint8Array
  readonly publicKey: PublicKeyInfo
  readonly extensions: readonly Extension[]
}
export type ParsedCertificate = ParsedTbs & {
  readonly der: Uint8Array
  readonly outerAlgorithm: { readonly oid: string; readonly der: Uint8Array }
  readonly signature: Uint8Array
}

/**
 * A finding of the lint: an `error` is refused; a `warning` is recorded with the certificate, and so is an `accepted`
 * one, an error that the certificate's template is defined to have.
 */
export type Finding = {
  readonly rule: string
  readonly severity: 'error' | 'warning' | 'accepted'
  /** Where in the certificate, e.g. `subjectAltName[2]`, `validity.notAfter`. */
  readonly field: string
  readonly message: string
  /** The paragraph that obliges us, e.g. `RFC 5280 §4.1.2.2`. */
  readonly source: string
}
