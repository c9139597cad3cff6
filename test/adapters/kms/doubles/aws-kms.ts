import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  type KeyObject,
} from 'node:crypto'
import { ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { checkAgainstModel } from './aws-model.ts'
import { signatureFault } from './sigv4.ts'
import { signDigest, type Hash } from './sign-digest.ts'
import { stage, type Answer, type Asked, type Stage } from './stage.ts'

type Material = { readonly id: string; readonly key: Buffer }
type Key = {
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

export type AwsDouble = Stage & {
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly region: string
  }
  readonly keys: Map<string, Key>
  readonly aliases: Map<string, string>
  /** ARN of the key behind alias/chancery. */
  readonly arn: string
  addKey(): Key
  rotate(arn: string): void
  /** How many looks a rotation takes to be done. */
  rotationTakes: number
}

class AwsError extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

const ACCOUNT = '111122223333'
const REGION = 'eu-central-1'
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

/**
 * AWS KMS as the unmodified SDK talks to it: AWS JSON 1.1, each request's signature verified (SigV4), each request and
 * each answer checked against the model that the SDK carries; with real keys.
 */
export async function awsDouble(): Promise<AwsDouble> {
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    region: REGION,
  }
  const play = (asked: Asked): Answer => {
    const operation = /^TrentService\.([A-Za-z]+)$/.exec(String(asked.headers['x-amz-target']))?.[1] ?? ''
    try {
      const fault = signatureFault(asked, credentials)
      if (fault !== undefined)
        throw new AwsError(fault, 'The security token included in the request is invalid.')
      if (asked.method !== 'POST' || asked.headers['content-type'] !== 'application/x-amz-json-1.1')
        throw new AwsError('SerializationException', 'no AWS JSON 1.1')
      const input = JSON.parse(asked.body.toString()) as Record<string, unknown>
      checked(() => checkAgainstModel(operation, 'Request', input))
      const output = perform(self, operation, input)
      checkAgainstModel(operation, 'Response', output)
      return { status: 200, json: output, headers: { 'content-type': 'application/x-amz-json-1.1' } }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return awsFault(error.name, error.message)
    }
  }
  const keys = new Map<string, Key>()
  const addKey = (spec = 'SYMMETRIC_DEFAULT', tags: Record<string, string> = {}): Key => {
    const key: Key = {
      arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${randomUUID()}`,
      spec,
      state: 'Enabled',
      materials: spec === 'SYMMETRIC_DEFAULT' ? [material()] : [],
      privateKey: spec === 'SYMMETRIC_DEFAULT' ? undefined : privateKeyOf(spec),
      tags,
      rotating: undefined,
    }
    keys.set(key.arn, key)
    return key
  }
  const { arn } = addKey()
  const self: AwsDouble = Object.assign(await stage(play), {
    credentials,
    keys,
    aliases: new Map([['alias/chancery', arn]]),
    arn,
    addKey,
    rotationTakes: 0,
    rotate: (of: string) => void keys.get(of)?.materials.push(material()),
  })
  return self
}

/** An error as AWS answers it, also for a test that wants one. */
export const awsFault = (name: string, message = name, status = 400): Answer => ({
  status,
  json: { __type: name, message },
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
})

function checked(check: () => void): void {
  try {
    check()
  } catch (error) {
    throw new AwsError('ValidationException', String(error))
  }
}

const material = (): Material => ({ id: randomBytes(32).toString('hex'), key: randomBytes(32) })

function privateKeyOf(spec: string): KeyObject {
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

function perform(aws: AwsDouble, operation: string, input: Record<string, unknown>): object {
  if (operation === 'CreateKey') {
    if (input['KeyUsage'] !== 'SIGN_VERIFY') throw new AwsError('ValidationException', 'KeyUsage')
    const tags = (input['Tags'] ?? []) as { TagKey: string; TagValue: string }[]
    const named = Object.fromEntries(tags.map(({ TagKey, TagValue }) => [TagKey, TagValue]))
    const add = aws.addKey as (spec: string, tags: Record<string, string>) => Key
    return { KeyMetadata: metadata(add(String(input['KeySpec']), named)) }
  }
  const key = found(aws, String(input['KeyId']))
  if (operation === 'DescribeKey') return { KeyMetadata: metadata(key) }
  if (operation === 'ListKeyRotations') return rotations(aws, key, input)
  if (key.state === 'Disabled') throw new AwsError('DisabledException', `${key.arn} is disabled.`)
  if (key.state === 'PendingDeletion')
    throw new AwsError('KMSInvalidStateException', `${key.arn} is pending deletion.`)
  switch (operation) {
    case 'Encrypt':
      return encrypt(key, input)
    case 'Decrypt':
      return decrypt(key, input)
    case 'RotateKeyOnDemand':
      return rotate(aws, key)
    case 'GetPublicKey': {
      if (key.privateKey === undefined) throw new AwsError('UnsupportedOperationException', 'symmetric')
      const spki = createPublicKey(key.privateKey).export({ format: 'der', type: 'spki' })
      return {
        KeyId: key.arn,
        PublicKey: spki.toString('base64'),
        KeySpec: key.spec,
        KeyUsage: 'SIGN_VERIFY',
      }
    }
    case 'Sign':
      return signed(key, input)
    default:
      throw new AwsError('UnknownOperationException', operation)
  }
}

function found({ keys, aliases }: AwsDouble, id: string): Key {
  const arn = id.startsWith('alias/') ? (aliases.get(id) ?? id) : id
  const key = keys.get(arn.startsWith('arn:') ? arn : `arn:aws:kms:${REGION}:${ACCOUNT}:key/${arn}`)
  if (key !== undefined) return key
  throw new AwsError(
    'NotFoundException',
    id.startsWith('alias/') ? `Alias ${id} is not found.` : `Key '${id}' does not exist`,
  )
}

function metadata({ arn, spec, state, materials }: Key): object {
  const symmetric = spec === 'SYMMETRIC_DEFAULT'
  return {
    AWSAccountId: ACCOUNT,
    Arn: arn,
    KeyId: arn.slice(arn.lastIndexOf('/') + 1),
    CreationDate: 1_700_000_000,
    Enabled: state === 'Enabled',
    KeyManager: 'CUSTOMER',
    KeyState: state,
    KeyUsage: symmetric ? 'ENCRYPT_DECRYPT' : 'SIGN_VERIFY',
    KeySpec: spec,
    MultiRegion: false,
    Origin: 'AWS_KMS',
    ...(symmetric ? { CurrentKeyMaterialId: materials.at(-1)?.id } : {}),
  }
}

/** One rotation a page, whatever was asked for: AWS may give fewer than `Limit`. */
function rotations(aws: AwsDouble, key: Key, input: Record<string, unknown>): object {
  if (key.spec !== 'SYMMETRIC_DEFAULT') throw new AwsError('UnsupportedOperationException', 'asymmetric')
  if (key.rotating !== undefined && --key.rotating < 0) {
    key.rotating = undefined
    aws.rotate(key.arn)
  }
  const at = Number(input['Marker'] ?? 0)
  const later = key.materials.slice(1)
  const entry = later[at]
  return {
    Rotations:
      entry === undefined
        ? []
        : [
            {
              KeyId: key.arn,
              KeyMaterialId: entry.id,
              RotationDate: 1_700_000_000,
              RotationType: 'ON_DEMAND',
            },
          ],
    Truncated: at + 1 < later.length,
    ...(at + 1 < later.length ? { NextMarker: String(at + 1) } : {}),
  }
}

function rotate(aws: AwsDouble, key: Key): object {
  if (key.rotating !== undefined)
    throw new AwsError('ConflictException', 'A rotation is already in progress.')
  if (key.materials.length > 25) throw new AwsError('LimitExceededException', 'on-demand rotations')
  key.rotating = aws.rotationTakes
  return { KeyId: key.arn }
}

const contextOf = (input: Record<string, unknown>): Buffer => {
  const context = (input['EncryptionContext'] ?? {}) as Record<string, string>
  return Buffer.from(JSON.stringify(Object.entries(context).sort(([one], [other]) => (one < other ? -1 : 1))))
}

/** The material's id, a nonce, the ciphertext, the tag; AWS's own form is not published. */
function encrypt(key: Key, input: Record<string, unknown>): object {
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

function decrypt(key: Key, input: Record<string, unknown>): object {
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

function signed({ arn, spec, privateKey }: Key, input: Record<string, unknown>): object {
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
