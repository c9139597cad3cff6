import {
  createCipheriv,
  createDecipheriv,
  generateKeyPairSync,
  randomBytes,
  type KeyObject,
} from 'node:crypto'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { signDigest, type Hash } from './sign-digest.ts'

export type Material = { readonly id: string; readonly key: Buffer }
export type Key = {
  readonly arn: string
  readonly spec: string
  state: 'Enabled' | 'Disabled' | 'PendingDeletion'
  /** Of a symmetric key, the current one last. */
  readonly materials: Material[]
  readonly privateKey: KeyObject | undefined
  readonly tags: Readonly<Record<string, string>>
  /** Looks at the key until a rotation that has begun is done. */
  rotating: number | undefined
}

/** An error as AWS names it. */
export class AwsError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

const PLAINTEXT = 4096
const ECC: Readonly<Record<string, string>> = {
  ECC_NIST_P256: 'prime256v1',
  ECC_NIST_P384: 'secp384r1',
  ECC_NIST_P521: 'secp521r1',
}
const ML_DSA = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 }
const isMlDsa = (spec: string): spec is keyof typeof ML_DSA => Object.hasOwn(ML_DSA, spec)
/** Which algorithms a key spec has ("Key spec reference"). */
const ALGORITHMS: Readonly<Record<string, RegExp>> = {
  ECC_NIST_P256: /^ECDSA_SHA_256$/,
  ECC_NIST_P384: /^ECDSA_SHA_384$/,
  ECC_NIST_P521: /^ECDSA_SHA_512$/,
  RSA_2048: /^RSASSA_(PKCS1_V1_5|PSS)_SHA_(256|384|512)$/,
  RSA_3072: /^RSASSA_(PKCS1_V1_5|PSS)_SHA_(256|384|512)$/,
  RSA_4096: /^RSASSA_(PKCS1_V1_5|PSS)_SHA_(256|384|512)$/,
  ML_DSA_44: /^ML_DSA_SHAKE_256$/,
  ML_DSA_65: /^ML_DSA_SHAKE_256$/,
  ML_DSA_87: /^ML_DSA_SHAKE_256$/,
}

export const material = (): Material => ({ id: randomBytes(32).toString('hex'), key: randomBytes(32) })

export function privateKeyOf(spec: string): KeyObject {
  const namedCurve = ECC[spec]
  if (namedCurve !== undefined) return generateKeyPairSync('ec', { namedCurve }).privateKey
  if (isMlDsa(spec)) return mlDsaKey(spec)
  if (!spec.startsWith('RSA_')) throw new AwsError('ValidationException', `the double makes no ${spec}`)
  return generateKeyPairSync('rsa', { modulusLength: Number(spec.slice(4)) }).privateKey
}

function mlDsaKey(spec: keyof typeof ML_DSA): KeyObject {
  const type = { ML_DSA_44: 'ml-dsa-44', ML_DSA_65: 'ml-dsa-65', ML_DSA_87: 'ml-dsa-87' } as const
  // Node's types take each name, but no union of them.
  return generateKeyPairSync(type[spec] as 'ml-dsa-44').privateKey
}

const contextOf = (input: Record<string, unknown>): Buffer => {
  const context = (input['EncryptionContext'] ?? {}) as Record<string, string>
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1))))
}

/** The material's id, a nonce, the ciphertext, the tag; AWS's own form is not published. */
export function encrypt(key: Key, input: Record<string, unknown>): object {
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw new AwsError('InvalidKeyUsageException', 'SIGN_VERIFY')
  const plaintext = Buffer.from(String(input['Plaintext']), 'base64')
  if (plaintext.length < 1 || plaintext.length > PLAINTEXT)
    throw new AwsError('ValidationException', 'Plaintext')
  const { id, key: secret } = key.materials.at(-1) as Material
  const head = Buffer.concat([Buffer.from(id, 'hex'), randomBytes(12)])
  const cipher = createCipheriv('aes-256-gcm', secret, head.subarray(32)).setAAD(
    Buffer.concat([head, contextOf(input)]),
  )
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  const blob = Buffer.concat([head, body, cipher.getAuthTag()])
  return { CiphertextBlob: blob.toString('base64'), KeyId: key.arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
}

export function decrypt(key: Key, input: Record<string, unknown>): object {
  const blob = Buffer.from(String(input['CiphertextBlob']), 'base64')
  if (blob.length === 0) throw new AwsError('ValidationException', 'CiphertextBlob')
  const used = key.materials.find(({ id }) => id === blob.subarray(0, 32).toString('hex'))
  if (blob.length < 32 + 12 + 16) throw new AwsError('InvalidCiphertextException', '')
  if (used === undefined)
    throw new AwsError(
      'IncorrectKeyException',
      'The key ID in the request does not identify a CMK that can perform this operation.',
    )
  const decipher = createDecipheriv('aes-256-gcm', used.key, blob.subarray(32, 44))
    .setAAD(Buffer.concat([blob.subarray(0, 44), contextOf(input)]))
    .setAuthTag(blob.subarray(-16))
  try {
    const plaintext = Buffer.concat([decipher.update(blob.subarray(44, -16)), decipher.final()])
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      KeyMaterialId: used.id,
    }
  } catch {
    throw new AwsError('InvalidCiphertextException', '')
  }
}

export function signed({ arn, spec, privateKey }: Key, input: Record<string, unknown>): object {
  const algorithm = String(input['SigningAlgorithm'])
  if (privateKey === undefined || ALGORITHMS[spec]?.test(algorithm) !== true)
    throw new AwsError(
      'InvalidKeyUsageException',
      `Algorithm ${algorithm} is incompatible with key spec ${spec}.`,
    )
  const message = Buffer.from(String(input['Message']), 'base64')
  if (message.length < 1 || message.length > PLAINTEXT) throw new AwsError('ValidationException', 'Message')
  if (isMlDsa(spec)) {
    if (input['MessageType'] !== 'EXTERNAL_MU' || message.length !== 64)
      throw new AwsError('ValidationException', 'the double takes a representative of 64 octets')
    // The JWK's `priv` is the seed.
    const { priv = '' } = privateKey.export({ format: 'jwk' }) as { priv?: string }
    const { secretKey } = ML_DSA[spec].keygen(Buffer.from(priv, 'base64url'))
    const made = ML_DSA[spec].internal.sign(message, secretKey, { externalMu: true })
    return { KeyId: arn, Signature: Buffer.from(made).toString('base64'), SigningAlgorithm: algorithm }
  }
  if (input['MessageType'] !== 'DIGEST') throw new AwsError('ValidationException', 'the double signs digests')
  const hash = `sha${algorithm.slice(-3)}` as Hash
  if (message.length !== Number(algorithm.slice(-3)) / 8)
    throw new AwsError('ValidationException', 'Digest is invalid length for algorithm.')
  const scheme = algorithm.startsWith('ECDSA') ? 'ecdsa' : algorithm.includes('PSS') ? 'pss' : 'pkcs1'
  const signature = signDigest(privateKey, scheme, hash, message)
  return { KeyId: arn, Signature: signature.toString('base64'), SigningAlgorithm: algorithm }
}
