import type { Names } from './names.ts'

/** What a verifier says who trusts the certificate's `ca`, looks for its first name, and goes by the clock's time. */
export type Refusal = {
  /** `code` of the error in Node.js; `UNSPECIFIED` where it has none for the reason, which its message then is. */
  readonly node: string
  /** Text and number of `openssl verify`, given the checks that the kind is about. */
  readonly openssl: string
}

/**
 * Every kind of broken certificate, and how it is refused. Tests hold each row against Node.js and OpenSSL.
 */
export const REFUSALS = {
  expired: { node: 'CERT_HAS_EXPIRED', openssl: 'error 10 at 0 depth lookup: certificate has expired' },
  notYetValid: {
    node: 'CERT_NOT_YET_VALID',
    openssl: 'error 9 at 0 depth lookup: certificate is not yet valid',
  },
  wrongName: {
    node: 'ERR_TLS_CERT_ALTNAME_INVALID',
    openssl: 'error 62 at 0 depth lookup: hostname mismatch',
  },
  noSan: { node: 'ERR_TLS_CERT_ALTNAME_INVALID', openssl: 'error 62 at 0 depth lookup: hostname mismatch' },
  revoked: { node: 'CERT_REVOKED', openssl: 'error 23 at 0 depth lookup: certificate revoked' },
  selfSigned: {
    node: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    openssl: 'error 18 at 0 depth lookup: self-signed certificate',
  },
  unknownIssuer: {
    node: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    openssl: 'error 20 at 1 depth lookup: unable to get local issuer certificate',
  },
  missingIntermediate: {
    node: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    openssl: 'error 20 at 0 depth lookup: unable to get local issuer certificate',
  },
  badSignature: {
    node: 'CERT_SIGNATURE_FAILURE',
    openssl: 'error 7 at 0 depth lookup: certificate signature failure',
  },
  sha1Signature: {
    node: 'UNSPECIFIED',
    openssl: 'error 68 at 0 depth lookup: CA signature digest algorithm too weak',
  },
  weakKey: { node: 'UNSPECIFIED', openssl: 'error 66 at 0 depth lookup: EE certificate key too weak' },
  wrongKeyUsage: {
    node: 'INVALID_PURPOSE',
    openssl: 'error 26 at 0 depth lookup: unsuitable certificate purpose',
  },
  wrongExtendedKeyUsage: {
    node: 'INVALID_PURPOSE',
    openssl: 'error 26 at 0 depth lookup: unsuitable certificate purpose',
  },
  unknownCriticalExtension: {
    node: 'UNSPECIFIED',
    openssl: 'error 34 at 0 depth lookup: unhandled critical extension',
  },
  expiredIntermediate: {
    node: 'CERT_HAS_EXPIRED',
    openssl: 'error 10 at 1 depth lookup: certificate has expired',
  },
  caFlagMissing: { node: 'INVALID_PURPOSE', openssl: 'error 79 at 1 depth lookup: invalid CA certificate' },
  signerMayNotSign: {
    node: 'UNSPECIFIED',
    openssl: 'error 32 at 1 depth lookup: key usage does not include certificate signing',
  },
  pathTooLong: {
    node: 'PATH_LENGTH_EXCEEDED',
    openssl: 'error 25 at 2 depth lookup: path length constraint exceeded',
  },
  nameNotPermitted: {
    node: 'UNSPECIFIED',
    openssl: 'error 47 at 0 depth lookup: permitted subtree violation',
  },
} as const satisfies Record<string, Refusal>

export type BrokenKind = keyof typeof REFUSALS

/** A certificate to be refused. Fits `https.createServer` as it is; all texts PEM. */
export type BrokenCertificate = {
  /** What the server presents. */
  readonly cert: string
  /** PKCS#8, not encrypted. */
  readonly key: string
  /** What the client is to trust, so that it refuses for this reason and no other. */
  readonly ca: string
  /** The certificate alone. */
  readonly leaf: string
  /** What is presented besides it. */
  readonly intermediates: string
  /** Only for `revoked`: `crl` of the client's options. */
  readonly crls?: string[]
  /** Only for `weakKey`: a server needs it to load such a key. */
  readonly ciphers?: string
  /** Set but for `good`. */
  readonly refusedWith?: Refusal
}

type Forge = (names?: Names) => Promise<BrokenCertificate>

/**
 * Broken certificates, each with just one thing wrong. Names as for `issue`. All but `revoked` hang under a root that
 * the fixture made for them, so that trusting the authority's own root never means trusting one of these.
 */
export type Broken = {
  /** Nothing is wrong with it: shows that a test refuses for the reason it thinks. */
  readonly good: Forge
  /** Ended yesterday (RFC 5280 §4.1.2.5). */
  readonly expired: Forge
  /** Begins tomorrow (RFC 5280 §4.1.2.5). */
  readonly notYetValid: Forge
  /** Names another host (RFC 9525 §6). */
  readonly wrongName: Forge
  /** Has no subjectAltName, nor a commonName that old clients would take for one (RFC 9525 §2). */
  readonly noSan: Forge
  /** Issued by the authority itself and revoked, with the CRLs that say so (RFC 5280 §5). */
  readonly revoked: Forge
  /** Signed itself. */
  readonly selfSigned: Forge
  /** Hangs under a root that `ca` isn't. */
  readonly unknownIssuer: Forge
  /** The server doesn't send the certificate between it and the root (RFC 8446 §4.4.2). */
  readonly missingIntermediate: Forge
  /** One bit of the signature is another. */
  readonly badSignature: Forge
  /** Signed with ECDSA over SHA-1 (RFC 9155); refused from OpenSSL's security level 1 on. */
  readonly sha1Signature: Forge
  /** RSA with 1024 bits; refused from OpenSSL's security level 2 on, Node.js's default since version 24. */
  readonly weakKey: Forge
  /** Its keyUsage allows dataEncipherment and nothing else (RFC 5280 §4.2.1.3). */
  readonly wrongKeyUsage: Forge
  /** Its extendedKeyUsage is codeSigning (RFC 5280 §4.2.1.12): neither server nor client. */
  readonly wrongExtendedKeyUsage: Forge
  /** Has a critical extension that nobody knows (RFC 5280 §4.2). */
  readonly unknownCriticalExtension: Forge
  /** Its issuer ended yesterday. */
  readonly expiredIntermediate: Forge
  /** Its issuer's basicConstraints don't say that it is an authority (RFC 5280 §4.2.1.9). */
  readonly caFlagMissing: Forge
  /** Its issuer's keyUsage lacks keyCertSign (RFC 5280 §4.2.1.3). */
  readonly signerMayNotSign: Forge
  /** One authority more than the pathLenConstraint of the first allows (RFC 5280 §4.2.1.9). */
  readonly pathTooLong: Forge
  /** Its issuer's nameConstraints permit other names only (RFC 5280 §4.2.1.10). */
  readonly nameNotPermitted: Forge
}
