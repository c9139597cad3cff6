import { createPublicKey, randomBytes, randomUUID } from 'node:crypto'
import { AwsError, decrypt, encrypt, material, privateKeyOf, signed, type Key } from './aws-kms-keys.ts'
import { checkAgainstModel } from './aws-model.ts'
import { signatureFault } from './sigv4.ts'
import { stage, type Answer, type Asked, type Stage } from './stage.ts'

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

const ACCOUNT = '111122223333'
const REGION = 'eu-central-1'
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
