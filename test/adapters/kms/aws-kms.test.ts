import { randomBytes } from 'node:crypto'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { loaded } from '../../../src/adapters/kms/aws-kms-client.ts'
import { openAwsKms } from '../../../src/adapters/kms/aws-kms.ts'
import { CALL_LIMITS } from '../../../src/adapters/kms/service-calls.ts'
import { KEY_ALGORITHM_NAMES } from '../../../src/core/domain/key-algorithms.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { awsDouble, awsFault, type AwsDouble } from './doubles/aws-kms.ts'
import { kmsConformance } from './kms-conformance.ts'

const ends: (() => Promise<void> | undefined)[] = []
afterAll(async () => {
  for (const end of ends) await end()
  vi.unstubAllEnvs()
})

async function opened(aws: AwsDouble, keyId = 'alias/chancery', now?: () => number): Promise<KmsProvider> {
  vi.stubEnv('AWS_ACCESS_KEY_ID', aws.credentials.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', aws.credentials.secretAccessKey)
  const provider = await openAwsKms(
    { keyId, region: aws.credentials.region, endpoint: new URL(aws.url) },
    { ...CALL_LIMITS, pause: async () => undefined },
    now,
  )
  ends.push(() => provider.close?.())
  return provider
}

kmsConformance(
  'aws-kms',
  async () => {
    const aws = await awsDouble()
    ends.push(aws.close)
    return {
      provider: await opened(aws),
      restarted: () => opened(aws),
      rotated: async () => {
        aws.rotate(aws.arn)
        return opened(aws)
      },
    }
  },
  KEY_ALGORITHM_NAMES.filter((name) => name !== 'ED25519'),
)

const context = Buffer.from('context')
const double = async (): Promise<AwsDouble> => {
  const aws = await awsDouble()
  ends.push(aws.close)
  return aws
}
const target = ({ headers }: { headers: Record<string, unknown> }): string =>
  String(headers['x-amz-target']).replace('TrentService.', '')

describe('the key that wraps', () => {
  it('is named by id, ARN or alias, and known by its ARN', async () => {
    const aws = await double()
    for (const keyId of [aws.arn, aws.arn.slice(-36), 'alias/chancery']) {
      expect(await (await opened(aws, keyId)).describe()).toMatchObject({ kekId: aws.arn, kekVersion: 1 })
    }
  })

  it('must be a symmetric one', async () => {
    const aws = await double()
    const made = await (await opened(aws)).device?.generateKeyPair('EC_prime256v1', 'a')
    const provider = await opened(aws, Buffer.from(made?.handle ?? []).toString())
    await expect(provider.wrap(randomBytes(32), context)).rejects.toMatchObject({
      details: { retryable: false },
      message: expect.stringContaining('CHANCERY_KMS_AWS_KEY_ID') as string,
    })
  })

  it('may be another one behind the alias: that wraps, and the former one still unwraps', async () => {
    const aws = await double()
    let time = 0
    const provider = await opened(aws, 'alias/chancery', () => time)
    const dataKey = randomBytes(32)
    const old = await provider.wrap(dataKey, context)
    const { arn } = aws.addKey()
    aws.aliases.set('alias/chancery', arn)
    time += 60_000
    const fresh = await provider.wrap(dataKey, context)
    expect([old.kekId, fresh.kekId]).toEqual([aws.arn, arn])
    for (const wrapped of [old, fresh])
      expect(Buffer.from(await provider.unwrap(wrapped, context))).toEqual(dataKey)
  })

  it('of another account or region is not asked: who could choose it would choose the data key', async () => {
    const aws = await double()
    const provider = await opened(aws)
    const wrapped = await provider.wrap(randomBytes(32), context)
    const before = aws.asked.length
    for (const kekId of [
      aws.arn.replace('111122223333', '444455556666'),
      aws.arn.replace('eu-central-1', 'us-east-1'),
      'alias/chancery',
    ]) {
      await expect(provider.unwrap({ ...wrapped, kekId }, context)).rejects.toMatchObject({
        details: { retryable: false },
      })
    }
    expect(aws.asked).toHaveLength(before)
  })

  it("is looked up once a minute, so that another server's rotation shows", async () => {
    const aws = await double()
    let time = 0
    const provider = await opened(aws, 'alias/chancery', () => time)
    const versions = async (): Promise<number> => (await provider.wrap(randomBytes(32), context)).kekVersion
    expect(await versions()).toBe(1)
    aws.rotate(aws.arn)
    expect(await versions()).toBe(1)
    time += 60_000
    expect(await versions()).toBe(2)
    expect(aws.asked.map(target).filter((action) => action === 'DescribeKey')).toHaveLength(2)
  })

  it('has its context in the encryption context, where CloudTrail shows it', async () => {
    const aws = await double()
    await (await opened(aws)).wrap(randomBytes(32), context)
    const encrypt = aws.asked.find((asked) => target(asked) === 'Encrypt')
    expect(JSON.parse(encrypt?.body.toString() ?? '')).toMatchObject({
      EncryptionContext: { 'chancery:context': context.toString('base64'), 'chancery:version': '1' },
    })
  })
})

describe('a rotation', () => {
  it('is waited for, and one that is under way is not begun again', async () => {
    const aws = await double()
    aws.rotationTakes = 3
    const [one, other] = [await opened(aws), await opened(aws)]
    const [made, same] = await Promise.all([one.rotate?.(), other.rotate?.()])
    expect([made?.kekVersion, same?.kekVersion]).toEqual([2, 2])
    expect(aws.keys.get(aws.arn)?.materials).toHaveLength(2)
  })

  it('that takes longer ends in a retryable error, and shows later', async () => {
    const aws = await double()
    aws.rotationTakes = 30
    const provider = await opened(aws)
    await expect(provider.rotate?.()).rejects.toMatchObject({
      details: { retryable: true },
      message: expect.stringContaining("isn't done yet") as string,
    })
    for (let look = 0; look < 15; look++) await provider.describe()
    expect(await provider.describe()).toMatchObject({ kekVersion: 2 })
  })

  it('beyond the 25 that AWS allows says so', async () => {
    const aws = await double()
    for (let count = 0; count < 25; count++) aws.rotate(aws.arn)
    const provider = await opened(aws)
    expect(await provider.describe()).toMatchObject({ kekVersion: 26 })
    await expect(provider.rotate?.()).rejects.toMatchObject({
      details: { retryable: false },
      message: expect.stringContaining('quota is used up') as string,
    })
  })
})

describe("an authority's key", () => {
  it('is tagged with its label, so that a policy can tell it', async () => {
    const aws = await double()
    const made = await (await opened(aws)).device?.generateKeyPair('EC_prime256v1', 'label-1')
    const key = aws.keys.get(Buffer.from(made?.handle ?? []).toString())
    expect(key?.tags).toEqual({ 'chancery-authority-key': 'label-1' })
  })

  it('is made once, and found though AWS does not know it everywhere yet', async () => {
    const aws = await double()
    const provider = await opened(aws)
    let unknown = 2
    aws.fault = (asked) =>
      target(asked) === 'GetPublicKey' && unknown-- > 0 ? awsFault('NotFoundException') : undefined
    await provider.device?.generateKeyPair('EC_prime256v1', 'a')
    aws.fault = (asked) => (target(asked) === 'CreateKey' ? awsFault('ThrottlingException') : undefined)
    await expect(provider.device?.generateKeyPair('EC_prime256v1', 'b')).rejects.toMatchObject({
      details: { retryable: true },
    })
    expect(aws.asked.map(target).filter((action) => action === 'CreateKey')).toHaveLength(2)
  })

  it('signs with one hash a curve, as AWS has it', async () => {
    const { device } = await opened(await double())
    expect(device?.signatures?.('EC_secp384r1')).toEqual(['SHA384WITHECDSA'])
    const made = await device?.generateKeyPair('EC_prime256v1', 'a')
    await expect(
      device?.sign(made?.handle ?? Buffer.alloc(0), 'SHA512WITHECDSA', context),
    ).rejects.toMatchObject({
      details: { retryable: false },
      message: expect.stringContaining('signs with other algorithms') as string,
    })
  })
})

describe('the double', () => {
  it('refuses what the SDK signed with another secret, and a key it does not know', async () => {
    const aws = await double()
    vi.stubEnv('AWS_ACCESS_KEY_ID', aws.credentials.accessKeyId)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'another')
    const wrong = await openAwsKms({ keyId: aws.arn, region: 'eu-central-1', endpoint: new URL(aws.url) })
    await expect(wrong.describe()).rejects.toThrow(/InvalidSignatureException/)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAUNKNOWN')
    const unknown = await openAwsKms({ keyId: aws.arn, region: 'eu-central-1', endpoint: new URL(aws.url) })
    await expect(unknown.describe()).rejects.toThrow(/UnrecognizedClientException/)
    await wrong.close?.()
    await unknown.close?.()
    expect(await (await opened(aws)).describe()).toMatchObject({ kekVersion: 1 })
  })
})

describe('without the SDK', () => {
  it('the configuration fails with the command to run', async () => {
    // What import() rejects with, by the real thing: a package of such a name can't exist.
    await expect(loaded(() => import(String('@aws-sdk/client-kms-not-installed')))).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: false },
      message:
        'aws-kms is configured, but the package @aws-sdk/client-kms is not installed; run: npm install @aws-sdk/client-kms@3',
    })
  })
})
