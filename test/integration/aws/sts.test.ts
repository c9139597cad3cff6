import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { anAwsWorld, hasBoto3, type AwsKeys, type AwsWorld } from '../../support/aws.ts'

type Assumed = {
  Credentials: { AccessKeyId: string; SecretAccessKey: string; SessionToken: string; Expiration: Date }
  AssumedRoleUser: { Arn: string; AssumedRoleId: string }
}

describe.runIf(hasBoto3())('AWS STS by boto3', () => {
  let world: AwsWorld
  let admin: Client
  let role: string

  const assume = (input: object, keys?: AwsKeys) =>
    world.boto3.call<Assumed>({
      service: 'sts',
      operation: 'AssumeRole',
      input: { RoleArn: role, RoleSessionName: 'build-7', ...input },
      ...(keys === undefined ? {} : { keys }),
    })
  const refusal = (input: object) =>
    world.boto3.failure({
      service: 'sts',
      operation: 'AssumeRole',
      input: { RoleArn: role, RoleSessionName: 'build-7', ...input },
    })
  const keysOf = ({ Credentials: { AccessKeyId, SecretAccessKey, SessionToken } }: Assumed): AwsKeys => ({
    id: AccessKeyId,
    secret: SecretAccessKey,
    token: SessionToken,
  })

  beforeAll(async () => {
    world = await anAwsWorld()
    const body = { name: 'test', role: 'administrator', account: world.main.account } as const
    const { secret } = await world.server.admin.createToken({ body })
    admin = createClient({ url: world.server.apiUrl, token: secret })
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: world.main.account }, Action: 'sts:AssumeRole' }],
    }
    role = (await admin.createRole({ body: { name: 'builder', trust: JSON.stringify(trust) } })).arn
    await admin.attachPolicy({ params: { policy: 'ReadOnlyAccess', kind: 'role', name: 'builder' } })
  })
  afterAll(() => world.dispose())

  test('AssumeRole gives keys for a while, and GetCallerIdentity says who has them', async () => {
    const before = Date.now()
    const assumed = await assume({ DurationSeconds: 900 })
    const arn = `arn:aws:sts::${world.main.account}:assumed-role/builder/build-7`
    expect(assumed.AssumedRoleUser.Arn).toBe(arn)
    expect(assumed.Credentials.Expiration.getTime() - before).toBeGreaterThan(890_000)
    const keys = keysOf(assumed)
    expect(await world.boto3.call({ service: 'sts', operation: 'GetCallerIdentity', keys })).toMatchObject({
      Account: world.main.account,
      Arn: arn,
      UserId: assumed.AssumedRoleUser.AssumedRoleId,
    })
    await world.boto3.call({ service: 'acm-pca', operation: 'ListCertificateAuthorities', keys })
    const denied = { service: 'ram', operation: 'CreateResourceShare', input: { name: 'x' }, keys }
    expect(await world.boto3.failure(denied)).toMatchObject({
      type: 'AccessDeniedException',
      message: expect.stringContaining(
        `User: ${arn} is not authorized to perform: ram:CreateResourceShare`,
      ) as string,
    })
  })

  test('whoever has a presigned GetCallerIdentity shows who made it, for a while, and for nothing else', async () => {
    const presigned = async (keys?: AwsKeys) =>
      new URL(
        await world.boto3.call<string>({
          ...{ service: 'sts', operation: 'GetCallerIdentity', as: 'presign' },
          ...(keys === undefined ? {} : { keys }),
        }),
      )
    const url = await presigned()
    const response = await fetch(url)
    const text = await response.text()
    expect(response.status, text).toBe(200)
    expect(text).toContain(`<Arn>${world.main.userArn}</Arn>`)
    const session = await fetch(await presigned(keysOf(await assume({}))))
    expect(await session.text()).toContain(':assumed-role/builder/build-7</Arn>')
    const wrong = await fetch(await presigned({ ...world.main.keys, secret: 'wrong' }))
    expect([wrong.status, await wrong.text()]).toMatchObject([
      403,
      expect.stringContaining('<Code>SignatureDoesNotMatch</Code>') as string,
    ])
    for (const [name, value] of [
      ['Action', 'AssumeRole'],
      ['X-Amz-Expires', '61'],
      ['X-Amz-Date', '20260101T000000Z'],
    ] as const) {
      const changed = new URL(url)
      changed.searchParams.set(name, value)
      expect((await fetch(changed)).status, name).toBe(403)
    }
    // A POST has its operation in its body.
    expect((await fetch(url, { method: 'POST' })).status).toBe(400)
  })

  test('a session goes no further than the policies it was given, in full or by ARN', async () => {
    const listing = { service: 'acm-pca', operation: 'ListCertificateAuthorities' }
    const other = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ram:*', Resource: '*' }] }
    const narrow = keysOf(await assume({ Policy: JSON.stringify(other) }))
    expect((await world.boto3.failure({ ...listing, keys: narrow })).type).toBe('AccessDeniedException')
    const named = keysOf(await assume({ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/IssuerAccess' }] }))
    await world.boto3.call({ ...listing, keys: named })
    const shares = { service: 'ram', operation: 'GetResourceShares', input: { resourceOwner: 'SELF' } }
    await world.boto3.call({ ...shares, keys: narrow })
    expect((await world.boto3.failure({ ...shares, keys: named })).type).toBe('AccessDeniedException')
  })

  test('what can’t be had is refused, in words', async () => {
    const unknown = role.replace('builder', 'nobody')
    expect(await refusal({ RoleArn: unknown })).toMatchObject({
      type: 'AccessDenied',
      status: 403,
      message: expect.stringContaining('is not authorized to perform: sts:AssumeRole') as string,
    })
    const cases: object[] = [
      { DurationSeconds: 7200 },
      { RoleArn: 'builder-by-its-name-alone' },
      { PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/NoSuchPolicy' }] },
      { Policy: '{"Statement": 1}' },
      { Tags: [{ Key: 'a', Value: 'b' }] },
      { SerialNumber: 'arn:aws:iam::111122223333:mfa/me', TokenCode: '123456' },
      { SourceIdentity: 'somebody' },
    ]
    for (const input of cases)
      expect([input, await refusal(input)]).toMatchObject([
        input,
        {
          status: 400,
          type: 'Policy' in input ? 'MalformedPolicyDocument' : 'ValidationError',
        },
      ])
    expect(await refusal({ DurationSeconds: 1, RoleSessionName: 'a b' })).toMatchObject({
      message: expect.stringMatching(/^2 validation errors detected: /) as string,
    })
  })
})
