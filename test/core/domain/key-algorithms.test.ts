import { constants, generateKeyPairSync, sign, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  KEY_ALGORITHM_NAMES,
  SIGNATURE_ALGORITHM_NAMES,
  fits,
  keyAlgorithmInfo,
  signatureAlgorithmInfo,
  signaturesOf,
  signingOptions,
  type KeyAlgorithm,
  type SignatureAlgorithm,
} from '../../../src/core/domain/key-algorithms.ts'

const RSA: readonly SignatureAlgorithm[] = [
  ...(['SHA256WITHRSA', 'SHA384WITHRSA', 'SHA512WITHRSA'] as const),
  ...(['SHA256WITHRSA_PSS', 'SHA384WITHRSA_PSS', 'SHA512WITHRSA_PSS'] as const),
]
const EC: readonly SignatureAlgorithm[] = ['SHA256WITHECDSA', 'SHA384WITHECDSA', 'SHA512WITHECDSA']

/** Written here once more, so that a slip in the table can't hide itself. */
const SIGNS: Readonly<Record<KeyAlgorithm, readonly SignatureAlgorithm[]>> = {
  RSA_2048: RSA,
  RSA_3072: RSA,
  RSA_4096: RSA,
  EC_prime256v1: EC,
  EC_secp384r1: EC,
  EC_secp521r1: EC,
  ED25519: ['ED25519'],
  ML_DSA_44: ['ML_DSA_44'],
  ML_DSA_65: ['ML_DSA_65'],
  ML_DSA_87: ['ML_DSA_87'],
}

describe('what a key signs with', () => {
  it.each(KEY_ALGORITHM_NAMES)('%s: its family, of ML-DSA its own parameter set (RFC 9881 §3)', (key) => {
    expect(signaturesOf(key)).toEqual(SIGNS[key])
    const { oid, defaultSignature } = keyAlgorithmInfo(key)
    for (const signature of SIGNATURE_ALGORITHM_NAMES)
      expect(fits(signature, oid), signature).toBe(SIGNS[key].includes(signature))
    expect(SIGNS[key]).toContain(defaultSignature)
  })

  it('is nothing for an algorithm that the product lacks', () => {
    expect(SIGNATURE_ALGORITHM_NAMES.some((signature) => fits(signature, '1.3.101.113'))).toBe(false)
  })
})

describe('signatures', () => {
  it('are told apart by OID, but for PSS, where the hash stands in the parameters (RFC 4055 §3.1)', () => {
    const oids = SIGNATURE_ALGORITHM_NAMES.map((name) => signatureAlgorithmInfo(name).oid)
    expect(new Set(oids).size).toBe(oids.length - 2)
  })

  it('of PSS have as many octets of salt as the hash (RFC 4055 §3.1)', () => {
    for (const name of SIGNATURE_ALGORITHM_NAMES) {
      const { digest, padding } = signingOptions(name)
      const pss = name.endsWith('_PSS')
      expect(padding).toEqual(
        pss
          ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(digest?.slice(3)) / 8 }
          : undefined,
      )
    }
  })

  it.each(SIGNATURE_ALGORITHM_NAMES)('%s: node:crypto makes and checks one with the options', (name) => {
    const { digest, padding } = signingOptions(name)
    const { publicKey, privateKey } = pairFor(name)
    const data = Buffer.from('to be signed')
    const signature = sign(digest, data, { key: privateKey, ...padding })
    expect(verify(digest, data, { key: publicKey, ...padding }, signature)).toBe(true)
    const plain = verify(digest, data, publicKey, signature)
    expect(plain).toBe(padding === undefined)
  })
})

function pairFor(name: SignatureAlgorithm) {
  const [key] = KEY_ALGORITHM_NAMES.filter((each) => signaturesOf(each).includes(name))
  const { type, bits, curve = '' } = keyAlgorithmInfo(key as KeyAlgorithm)
  if (type === 'rsa') return generateKeyPairSync(type, { modulusLength: bits })
  if (type === 'ec') return generateKeyPairSync(type, { namedCurve: curve })
  return type === 'ed25519' ? generateKeyPairSync(type) : generateKeyPairSync(type)
}
