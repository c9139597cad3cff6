import { performance } from 'node:perf_hooks'
import type { ListKeyRotationsCommandOutput } from '@aws-sdk/client-kms'
import { SECOND, MINUTE, type Millis } from '../../core/domain/time.ts'
import type { KmsDescription, KmsProvider, WrappedDataKey } from '../../core/ports/kms-provider.ts'
import { connectAwsKms, type AwsKms, type AwsKmsOptions } from './aws-kms-client.ts'
import { awsKmsDevice } from './aws-kms-device.ts'
import { isNamed } from './aws-kms-failures.ts'
import { kmsUnavailable } from './failures.ts'
import { CALL_LIMITS, never, type CallLimits } from './service-calls.ts'

const NAME = 'aws-kms'
/** AWS gives at most so many rotations a page. */
const PAGE = 1000
/** How long a key's version is taken as known: a rotation elsewhere shows in what this process wraps after it. */
const KNOWN_FOR: Millis = MINUTE
/** How often, and how long apart, a rotation is looked after until it is done. */
const LOOKS = 20
const BETWEEN_LOOKS: Millis = 2 * SECOND

/** The key as it was last seen, behind an alias perhaps. */
type KeyState = { readonly arn: string; readonly version: number; readonly materialId: string | undefined }

/**
 * AWS KMS: a symmetric key wraps data keys, with their context as encryption context, and each authority's key pair is an
 * asymmetric key of its own. AWS keeps all key material of a key and opens old ciphertexts by itself; so a version here
 * is a count: one more than the rotations that `ListKeyRotations` lists. It stands in the encryption context, and a
 * ciphertext with another version's number doesn't open. The key's ARN is the id: when an alias moves to another key,
 * that one wraps from then on, and the former one still unwraps.
 * @throws kms_unavailable when the SDK isn't installed
 */
export async function openAwsKms(
  options: AwsKmsOptions,
  limits: CallLimits = CALL_LIMITS,
  now: () => Millis = () => performance.now(),
): Promise<KmsProvider> {
  const kms = await connectAwsKms(options, limits)
  let known: { readonly at: Millis; readonly state: Promise<KeyState> } | undefined

  const lookedUp = (): Promise<KeyState> => {
    const state = readState(kms, options.keyId)
    const entry = { at: now(), state }
    known = entry
    state.catch(() => {
      if (known === entry) known = undefined
    })
    return state
  }
  const current = (): Promise<KeyState> =>
    known !== undefined && now() - known.at < KNOWN_FOR ? known.state : lookedUp()
  const described = ({ arn, version }: KeyState): KmsDescription => ({
    provider: NAME,
    kekId: arn,
    kekVersion: version,
  })

  return {
    name: NAME,
    describe: async () => described(await lookedUp()),
    wrap: async (dataKey, context) => {
      const { arn, version } = await current()
      return {
        kekId: arn,
        kekVersion: version,
        wrapped: await encrypted(kms, arn, version, dataKey, context),
      }
    },
    unwrap: async (wrapped, context) => {
      const { arn } = await current()
      if (placeOf(wrapped.kekId) !== placeOf(arn)) {
        throw kmsUnavailable(
          `AWS KMS: a data key was wrapped by ${wrapped.kekId}, which is no key of the region and account of ${arn}`,
          false,
        )
      }
      return (await decrypted(kms, wrapped, context)).plaintext
    },
    rotate: async () => described(await rotated(kms, await lookedUp(), lookedUp, limits)),
    device: awsKmsDevice(kms),
    close: async () => kms.close(),
  }
}

/** Partition, region and account of a key's ARN: where its owner could be somebody else is not unwrapped. */
const placeOf = (arn: string): string => /^(arn:[^:]+:kms:[^:]+:[0-9]{12}):key\/[^:/]+$/.exec(arn)?.[1] ?? ''

async function readState(kms: AwsKms, keyId: string): Promise<KeyState> {
  const { sdk } = kms
  const { KeyMetadata: key } = await kms.ask('DescribeKey', keyId, (client, options) =>
    client.send(new sdk.DescribeKeyCommand({ KeyId: keyId }), options),
  )
  const arn = key?.Arn ?? ''
  if (key?.KeySpec !== 'SYMMETRIC_DEFAULT' || key.KeyUsage !== 'ENCRYPT_DECRYPT' || placeOf(arn) === '') {
    throw kmsUnavailable(
      `CHANCERY_KMS_AWS_KEY_ID: ${keyId} must be a symmetric key for encryption, not ${key?.KeySpec}`,
      false,
    )
  }
  return { arn, version: 1 + (await rotationsOf(kms, arn)), materialId: key.CurrentKeyMaterialId }
}

async function rotationsOf(kms: AwsKms, arn: string): Promise<number> {
  const { sdk } = kms
  let count = 0
  let Marker: string | undefined
  do {
    const page: Pick<ListKeyRotationsCommandOutput, 'Rotations' | 'NextMarker'> = await kms
      .ask('ListKeyRotations', arn, (client, options) =>
        client.send(new sdk.ListKeyRotationsCommand({ KeyId: arn, Limit: PAGE, Marker }), options),
      )
      .catch((error: unknown) => {
        // Keys in a custom key store have one material for life.
        if (isNamed(error, 'UnsupportedOperationException')) return {}
        throw error
      })
    count += page.Rotations?.length ?? 0
    Marker = page.NextMarker
  } while (Marker !== undefined)
  return count
}

/** AWS writes the encryption context into CloudTrail: the key's account, region, id and purpose, nothing secret. */
const encryptionContext = (context: Uint8Array, version: number): Record<string, string> => ({
  'chancery:context': Buffer.from(context).toString('base64'),
  'chancery:version': String(version),
})

async function encrypted(
  kms: AwsKms,
  arn: string,
  version: number,
  dataKey: Uint8Array,
  context: Uint8Array,
): Promise<Uint8Array> {
  const { sdk } = kms
  const EncryptionContext = encryptionContext(context, version)
  const { CiphertextBlob, KeyId } = await kms.ask('Encrypt', arn, (client, options) =>
    client.send(new sdk.EncryptCommand({ KeyId: arn, Plaintext: dataKey, EncryptionContext }), options),
  )
  if (CiphertextBlob === undefined || KeyId !== arn)
    throw kmsUnavailable(`AWS KMS: Encrypt with ${arn} gave no ciphertext of that key`, false)
  return CiphertextBlob
}

async function decrypted(
  kms: AwsKms,
  { kekId, kekVersion, wrapped }: WrappedDataKey,
  context: Uint8Array,
): Promise<{ plaintext: Uint8Array; materialId: string | undefined }> {
  const { sdk } = kms
  const input = {
    KeyId: kekId,
    CiphertextBlob: wrapped,
    EncryptionContext: encryptionContext(context, kekVersion),
  }
  const { Plaintext, KeyMaterialId } = await kms.ask('Decrypt', kekId, (client, options) =>
    client.send(new sdk.DecryptCommand(input), options),
  )
  if (Plaintext === undefined) throw kmsUnavailable(`AWS KMS: Decrypt with ${kekId} gave nothing`, false)
  return { plaintext: Plaintext, materialId: KeyMaterialId }
}

/**
 * Starts a rotation, unless one is under way, and waits until it is done: that is, until what is encrypted is encrypted
 * with the new material, since AWS KMS is only consistent in the end.
 */
async function rotated(
  kms: AwsKms,
  before: KeyState,
  lookedUp: () => Promise<KeyState>,
  { pause }: CallLimits,
): Promise<KeyState> {
  const { sdk } = kms
  const { arn } = before
  await kms
    .ask(
      'RotateKeyOnDemand',
      arn,
      (client, options) => client.send(new sdk.RotateKeyOnDemandCommand({ KeyId: arn }), options),
      never,
    )
    .catch((error: unknown) => {
      // One is under way already: its end is what the caller wants.
      if (!isNamed(error, 'ConflictException')) throw error
    })
  for (let look = 0; look < LOOKS; look++) {
    const state = await lookedUp()
    if (state.version > before.version && (await wrapsAnew(kms, state))) return state
    await pause(BETWEEN_LOOKS, new AbortController().signal)
  }
  throw kmsUnavailable(
    `AWS KMS: it has begun to rotate ${arn} and isn't done yet; look again in some minutes`,
    true,
  )
}

async function wrapsAnew(kms: AwsKms, { arn, version, materialId }: KeyState): Promise<boolean> {
  const context = Buffer.from('chancery/probe/1')
  const wrapped = await encrypted(kms, arn, version, Buffer.alloc(32), context)
  return (
    (await decrypted(kms, { kekId: arn, kekVersion: version, wrapped }, context)).materialId === materialId
  )
}
