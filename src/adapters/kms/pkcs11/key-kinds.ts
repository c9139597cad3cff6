import {
  KEY_ALGORITHM_NAMES,
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../core/domain/key-algorithms.ts'
import { oid } from '../../../core/x509/der/writer.ts'
import { PARAMETERS, type Attribute, type Cryptoki, type Handle, type Mechanism } from './addon.ts'
import { CKA, CKG, CKK, CKM } from './cryptoki.ts'

/** How a token makes keys of one algorithm. */
export type KeyKind = {
  readonly keyType: number
  readonly generation: number
  /** What it must also be able to do for that key to be of use. */
  readonly signing: number
  /** Of the public template, what tells one key of this kind from another. */
  readonly parameters: readonly Attribute[]
}

const PUBLIC_EXPONENT_65537 = Buffer.from('010001', 'hex')

/** Undefined for what PKCS #11 3.0 doesn't know. */
export function keyKindOf(algorithm: KeyAlgorithm): KeyKind | undefined {
  const { family, bits, oid: algorithmOid, curveOid = algorithmOid } = keyAlgorithmInfo(algorithm)
  const curve = [{ type: CKA.EC_PARAMS, value: Buffer.from(oid(curveOid)) }]
  switch (family) {
    case 'RSA':
      return {
        keyType: CKK.RSA,
        generation: CKM.RSA_PKCS_KEY_PAIR_GEN,
        signing: CKM.RSA_PKCS,
        parameters: [
          { type: CKA.MODULUS_BITS, value: bits },
          { type: CKA.PUBLIC_EXPONENT, value: PUBLIC_EXPONENT_65537 },
        ],
      }
    case 'EC':
      return { keyType: CKK.EC, generation: CKM.EC_KEY_PAIR_GEN, signing: CKM.ECDSA, parameters: curve }
    case 'EdDSA':
      return {
        keyType: CKK.EC_EDWARDS,
        generation: CKM.EC_EDWARDS_KEY_PAIR_GEN,
        signing: CKM.EDDSA,
        parameters: curve,
      }
    default:
      return undefined
  }
}

/** What the token says it can make and sign with, by its own list of mechanisms and their key sizes. */
export function algorithmsOf(cryptoki: Cryptoki, slot: Handle): KeyAlgorithm[] {
  const mechanisms = new Set(cryptoki.C_GetMechanismList(slot))
  return KEY_ALGORITHM_NAMES.filter((algorithm) => {
    const kind = keyKindOf(algorithm)
    if (kind === undefined || !mechanisms.has(kind.generation) || !mechanisms.has(kind.signing)) return false
    const { minKeySize, maxKeySize } = cryptoki.C_GetMechanismInfo(slot, kind.generation)
    const { bits } = keyAlgorithmInfo(algorithm)
    return minKeySize <= bits && bits <= maxKeySize
  })
}

const HASHES = {
  sha256: { hashAlg: CKM.SHA256, mgf: CKG.MGF1_SHA256, prefix: '3031300d060960864801650304020105000420' },
  sha384: { hashAlg: CKM.SHA384, mgf: CKG.MGF1_SHA384, prefix: '3041300d060960864801650304020205000430' },
  sha512: { hashAlg: CKM.SHA512, mgf: CKG.MGF1_SHA512, prefix: '3051300d060960864801650304020305000440' },
} as const

/**
 * How a token signs, and what it is given to sign: the digest that was made outside, so that a CRL of megabytes doesn't
 * travel to the device. PKCS#1 v1.5 wants the DigestInfo around it (RFC 8017 §9.2, note 1 for its octets).
 */
export function signingOf(
  algorithm: SignatureAlgorithm,
  input: Uint8Array,
): { mechanism: Mechanism; data: Buffer } {
  const { family, digest, parameters, saltLength } = signatureAlgorithmInfo(algorithm)
  const data = Buffer.from(input)
  if (family === 'EC') return { mechanism: { mechanism: CKM.ECDSA }, data }
  if (family !== 'RSA' || digest === null) return { mechanism: { mechanism: CKM.EDDSA }, data }
  const { hashAlg, mgf, prefix } = HASHES[digest]
  if (parameters === 'pss') {
    const parameter = { type: PARAMETERS.rsaPss, hashAlg, mgf, saltLen: saltLength }
    return { mechanism: { mechanism: CKM.RSA_PKCS_PSS, parameter }, data }
  }
  return { mechanism: { mechanism: CKM.RSA_PKCS }, data: Buffer.concat([Buffer.from(prefix, 'hex'), data]) }
}
