/**
 * Everything the product knows about a key algorithm, in one place: no other file lists algorithms.
 * Names follow AWS Private CA's `KeyAlgorithm` where it has one.
 */
export type KeyAlgorithmInfo = {
  readonly family: 'RSA' | 'EC' | 'EdDSA'
  /** AlgorithmIdentifier of the SubjectPublicKeyInfo as dotted OID; for EC with the named curve (RFC 5480 §2.1.1). */
  readonly oid: string
  readonly curveOid?: string
  /** Curve name as OpenSSL and `node:crypto` spell it. */
  readonly curve?: string
  /** Modulus or field size in bits. */
  readonly bits: number
  /** The signature algorithm an authority with such a key uses unless told otherwise. */
  readonly defaultSignature: SignatureAlgorithm
  /** RFC 5480 §3, RFC 8410 §5: keyEncipherment only for keys that can encipher. */
  readonly canEncipher: boolean
  /** Whether a signature takes so long (more than 0.2 ms) that it must not run on the event loop. */
  readonly slowToSign: boolean
}

export type SignatureAlgorithmInfo = {
  readonly oid: string
  readonly family: 'RSA' | 'EC' | 'EdDSA'
  /** Digest as `node:crypto` names it; null where the algorithm hashes by itself (RFC 8032). */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /** RFC 4055 §5: NULL parameters for RSA; RFC 5758 §3.2, RFC 8410 §3: absent for ECDSA and EdDSA. */
  readonly parameters: 'null' | 'absent'
}

export const SIGNATURE_ALGORITHMS = {
  SHA256WITHRSA: { oid: '1.2.840.113549.1.1.11', family: 'RSA', digest: 'sha256', parameters: 'null' },
  SHA384WITHRSA: { oid: '1.2.840.113549.1.1.12', family: 'RSA', digest: 'sha384', parameters: 'null' },
  SHA512WITHRSA: { oid: '1.2.840.113549.1.1.13', family: 'RSA', digest: 'sha512', parameters: 'null' },
  SHA256WITHECDSA: { oid: '1.2.840.10045.4.3.2', family: 'EC', digest: 'sha256', parameters: 'absent' },
  SHA384WITHECDSA: { oid: '1.2.840.10045.4.3.3', family: 'EC', digest: 'sha384', parameters: 'absent' },
  SHA512WITHECDSA: { oid: '1.2.840.10045.4.3.4', family: 'EC', digest: 'sha512', parameters: 'absent' },
  ED25519: { oid: '1.3.101.112', family: 'EdDSA', digest: null, parameters: 'absent' },
} as const satisfies Record<string, SignatureAlgorithmInfo>
export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS

const RSA = '1.2.840.113549.1.1.1'
const EC = '1.2.840.10045.2.1'

export const KEY_ALGORITHMS = {
  RSA_2048: {
    family: 'RSA',
    oid: RSA,
    bits: 2048,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  RSA_3072: {
    family: 'RSA',
    oid: RSA,
    bits: 3072,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  RSA_4096: {
    family: 'RSA',
    oid: RSA,
    bits: 4096,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  EC_prime256v1: {
    family: 'EC',
    oid: EC,
    curveOid: '1.2.840.10045.3.1.7',
    curve: 'prime256v1',
    bits: 256,
    defaultSignature: 'SHA256WITHECDSA',
    canEncipher: false,
    slowToSign: false,
  },
  EC_secp384r1: {
    family: 'EC',
    oid: EC,
    curveOid: '1.3.132.0.34',
    curve: 'secp384r1',
    bits: 384,
    defaultSignature: 'SHA384WITHECDSA',
    canEncipher: false,
    slowToSign: true,
  },
  EC_secp521r1: {
    family: 'EC',
    oid: EC,
    curveOid: '1.3.132.0.35',
    curve: 'secp521r1',
    bits: 521,
    defaultSignature: 'SHA512WITHECDSA',
    canEncipher: false,
    slowToSign: true,
  },
  ED25519: {
    family: 'EdDSA',
    oid: '1.3.101.112',
    bits: 256,
    defaultSignature: 'ED25519',
    canEncipher: false,
    slowToSign: false,
  },
} as const satisfies Record<string, KeyAlgorithmInfo>
export type KeyAlgorithm = keyof typeof KEY_ALGORITHMS

export const KEY_ALGORITHM_NAMES = Object.keys(KEY_ALGORITHMS) as KeyAlgorithm[]
export const SIGNATURE_ALGORITHM_NAMES = Object.keys(SIGNATURE_ALGORITHMS) as SignatureAlgorithm[]

export const keyAlgorithmInfo = (name: KeyAlgorithm): KeyAlgorithmInfo => KEY_ALGORITHMS[name]
export const signatureAlgorithmInfo = (name: SignatureAlgorithm): SignatureAlgorithmInfo =>
  SIGNATURE_ALGORITHMS[name]
