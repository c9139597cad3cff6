/**
 * Everything the product knows about a key algorithm, in one place: no other file lists algorithms.
 * Names follow AWS Private CA's `KeyAlgorithm` and `SigningAlgorithm` where they have one.
 */
export type KeyFamily = 'RSA' | 'EC' | 'EdDSA' | 'ML-DSA'

export type KeyAlgorithmInfo = {
  readonly family: KeyFamily
  /** AlgorithmIdentifier of the SubjectPublicKeyInfo as dotted OID; for EC with the named curve (RFC 5480 §2.1.1). */
  readonly oid: string
  readonly curveOid?: string
  /** Curve name as OpenSSL and `node:crypto` spell it. */
  readonly curve?: string
  /** What `node:crypto` calls such keys (`asymmetricKeyType`). */
  readonly type: 'rsa' | 'ec' | 'ed25519' | 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'
  /** Modulus, field or, for ML-DSA, public key size in bits. */
  readonly bits: number
  /** The signature algorithm an authority with such a key uses unless told otherwise. */
  readonly defaultSignature: SignatureAlgorithm
  /** RFC 5480 §3, RFC 8410 §5, RFC 9881 §5: keyEncipherment only for keys that can encipher. */
  readonly canEncipher: boolean
  /** Whether a signature takes so long (more than 0.2 ms) that it must not run on the event loop. */
  readonly slowToSign: boolean
}

export type SignatureAlgorithmInfo = {
  readonly oid: string
  readonly family: KeyFamily
  /** OID of the keys that make it, `KeyAlgorithmInfo.oid`. */
  readonly keyOid: string
  /** Digest as `node:crypto` names it; null where the algorithm hashes by itself (RFC 8032, FIPS 204 §5.2). */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | null
  /**
   * RFC 4055 §5: NULL parameters for PKCS#1 v1.5, §3.1: RSASSA-PSS-params for PSS; RFC 5758 §3.2, RFC 8410 §3, RFC 9881 §2:
   * absent for ECDSA, EdDSA and ML-DSA.
   */
  readonly parameters: 'null' | 'pss' | 'absent'
  /** PSS: octets of salt, as many as the hash has (RFC 4055 §3.1). */
  readonly saltLength?: number
}

const RSA = '1.2.840.113549.1.1.1'
const EC = '1.2.840.10045.2.1'
const ED25519 = '1.3.101.112'
/** RFC 9881 §2: one identifier for the keys and the signatures of a parameter set. */
const ML_DSA_44 = '2.16.840.1.101.3.4.3.17'
const ML_DSA_65 = '2.16.840.1.101.3.4.3.18'
const ML_DSA_87 = '2.16.840.1.101.3.4.3.19'

const PKCS1 = { family: 'RSA', keyOid: RSA, parameters: 'null' } as const
/** With keys of rsaEncryption, which RFC 4055 §1.2 allows: the same key then signs either way, and everybody reads it. */
const PSS = { oid: '1.2.840.113549.1.1.10', family: 'RSA', keyOid: RSA, parameters: 'pss' } as const
const ECDSA = { family: 'EC', keyOid: EC, parameters: 'absent' } as const
const ML_DSA = { family: 'ML-DSA', digest: null, parameters: 'absent' } as const

export const SIGNATURE_ALGORITHMS = {
  SHA256WITHRSA: { ...PKCS1, oid: '1.2.840.113549.1.1.11', digest: 'sha256' },
  SHA384WITHRSA: { ...PKCS1, oid: '1.2.840.113549.1.1.12', digest: 'sha384' },
  SHA512WITHRSA: { ...PKCS1, oid: '1.2.840.113549.1.1.13', digest: 'sha512' },
  SHA256WITHRSA_PSS: { ...PSS, digest: 'sha256', saltLength: 32 },
  SHA384WITHRSA_PSS: { ...PSS, digest: 'sha384', saltLength: 48 },
  SHA512WITHRSA_PSS: { ...PSS, digest: 'sha512', saltLength: 64 },
  SHA256WITHECDSA: { ...ECDSA, oid: '1.2.840.10045.4.3.2', digest: 'sha256' },
  SHA384WITHECDSA: { ...ECDSA, oid: '1.2.840.10045.4.3.3', digest: 'sha384' },
  SHA512WITHECDSA: { ...ECDSA, oid: '1.2.840.10045.4.3.4', digest: 'sha512' },
  ED25519: { oid: ED25519, family: 'EdDSA', keyOid: ED25519, digest: null, parameters: 'absent' },
  ML_DSA_44: { ...ML_DSA, oid: ML_DSA_44, keyOid: ML_DSA_44 },
  ML_DSA_65: { ...ML_DSA, oid: ML_DSA_65, keyOid: ML_DSA_65 },
  ML_DSA_87: { ...ML_DSA, oid: ML_DSA_87, keyOid: ML_DSA_87 },
} as const satisfies Record<string, SignatureAlgorithmInfo>
export type SignatureAlgorithm = keyof typeof SIGNATURE_ALGORITHMS

export const KEY_ALGORITHMS = {
  RSA_2048: {
    family: 'RSA',
    oid: RSA,
    type: 'rsa',
    bits: 2048,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  RSA_3072: {
    family: 'RSA',
    oid: RSA,
    type: 'rsa',
    bits: 3072,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  RSA_4096: {
    family: 'RSA',
    oid: RSA,
    type: 'rsa',
    bits: 4096,
    defaultSignature: 'SHA256WITHRSA',
    canEncipher: true,
    slowToSign: true,
  },
  EC_prime256v1: {
    family: 'EC',
    oid: EC,
    type: 'ec',
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
    type: 'ec',
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
    type: 'ec',
    curveOid: '1.3.132.0.35',
    curve: 'secp521r1',
    bits: 521,
    defaultSignature: 'SHA512WITHECDSA',
    canEncipher: false,
    slowToSign: true,
  },
  ED25519: {
    family: 'EdDSA',
    oid: ED25519,
    type: 'ed25519',
    bits: 256,
    defaultSignature: 'ED25519',
    canEncipher: false,
    slowToSign: false,
  },
  ML_DSA_44: {
    family: 'ML-DSA',
    oid: ML_DSA_44,
    type: 'ml-dsa-44',
    bits: 1312 * 8,
    defaultSignature: 'ML_DSA_44',
    canEncipher: false,
    slowToSign: true,
  },
  ML_DSA_65: {
    family: 'ML-DSA',
    oid: ML_DSA_65,
    type: 'ml-dsa-65',
    bits: 1952 * 8,
    defaultSignature: 'ML_DSA_65',
    canEncipher: false,
    slowToSign: true,
  },
  ML_DSA_87: {
    family: 'ML-DSA',
    oid: ML_DSA_87,
    type: 'ml-dsa-87',
    bits: 2592 * 8,
    defaultSignature: 'ML_DSA_87',
    canEncipher: false,
    slowToSign: true,
  },
} as const satisfies Record<string, KeyAlgorithmInfo>
export type KeyAlgorithm = keyof typeof KEY_ALGORITHMS

export const KEY_ALGORITHM_NAMES = Object.keys(KEY_ALGORITHMS) as KeyAlgorithm[]
export const SIGNATURE_ALGORITHM_NAMES = Object.keys(SIGNATURE_ALGORITHMS) as SignatureAlgorithm[]

export const keyAlgorithmInfo = (name: KeyAlgorithm): KeyAlgorithmInfo => KEY_ALGORITHMS[name]
export const signatureAlgorithmInfo = (name: SignatureAlgorithm): SignatureAlgorithmInfo =>
  SIGNATURE_ALGORITHMS[name]

/** Whether keys of an OID (of their SubjectPublicKeyInfo) make such signatures: by family, of ML-DSA by parameter set. */
export const fits = (signature: SignatureAlgorithm, keyOid: string): boolean =>
  SIGNATURE_ALGORITHMS[signature].keyOid === keyOid

/** The signature algorithms that a key can sign with. */
export const signaturesOf = (key: KeyAlgorithm): SignatureAlgorithm[] =>
  SIGNATURE_ALGORITHM_NAMES.filter((signature) => fits(signature, KEY_ALGORITHMS[key].oid))

/** `constants.RSA_PKCS1_PSS_PADDING` of `node:crypto`, which the domain doesn't import. */
const RSA_PKCS1_PSS_PADDING = 6

export type SigningOptions = {
  readonly digest: SignatureAlgorithmInfo['digest']
  /** Absent but for PSS; MGF1 takes the same hash (RFC 4055 §3.1), which is the runtime's default. */
  readonly padding?: { readonly padding: number; readonly saltLength: number }
}

/** How `node:crypto` makes and checks such signatures: `sign(digest, data, { key, ...padding })`, `verify` likewise. */
export function signingOptions(algorithm: SignatureAlgorithm): SigningOptions {
  const { digest, saltLength } = signatureAlgorithmInfo(algorithm)
  return saltLength === undefined
    ? { digest }
    : { digest, padding: { padding: RSA_PKCS1_PSS_PADDING, saltLength } }
}
