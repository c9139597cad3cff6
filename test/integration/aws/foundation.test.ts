import {
  DescribeCertificateAuthorityCommand,
  ListCertificateAuthoritiesCommand,
} from '@aws-sdk/client-acm-pca'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acmPcaClient, anAwsWorld, hasBoto3, type AwsWorld } from '../../support/aws.ts'

let world: AwsWorld
beforeAll(async () => {
  world = await anAwsWorld()
})
afterAll(() => world.dispose())

const UNKNOWN =
  'arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/00000000-0000-4000-8000-000000000000'

describe.runIf(hasBoto3())('boto3', () => {
  const call = (service: string, operation: string, input = {}) =>
    world.boto3.failure({ service, operation, input })
  const withWrongSecret = (service: string, operation: string) =>
    world.boto3.failure({ service, operation, keys: { ...world.main.keys, secret: 'wrong' } })

  test('learns who it is, by the query protocol', async () => {
    expect(await world.boto3.call({ service: 'sts', operation: 'GetCallerIdentity' })).toMatchObject({
      Account: world.main.account,
      Arn: world.main.userArn,
      UserId: expect.stringMatching(/^AIDA/) as string,
    })
  })
  test('lists authorities, by AWS JSON', async () => {
    expect(
      await world.boto3.call({ service: 'acm-pca', operation: 'ListCertificateAuthorities' }),
    ).toMatchObject({ CertificateAuthorities: [] })
  })
  test('reads errors of the core as errors of its model', async () => {
    expect(
      await call('acm-pca', 'DescribeCertificateAuthority', { CertificateAuthorityArn: UNKNOWN }),
    ).toMatchObject({ type: 'ResourceNotFoundException', status: 400, modelled: true })
  })
  test('is told of constraints in the words of AWS’s front end, by AWS JSON and REST-JSON', async () => {
    expect(await call('acm-pca', 'DescribeCertificateAuthority')).toEqual({
      type: 'ValidationException',
      message:
        "1 validation error detected: Value null at 'certificateAuthorityArn' failed to satisfy constraint: Member must not be null",
      status: 400,
      modelled: false,
    })
    expect(await call('ram', 'GetResourceShares', { resourceOwner: 'OTHER' })).toMatchObject({
      message:
        "1 validation error detected: Value 'OTHER' at 'resourceOwner' failed to satisfy constraint: Member must satisfy enum value set: [SELF, OTHER-ACCOUNTS]",
    })
  })
  test('is told of a wrong signature as each protocol has it', async () => {
    expect(await withWrongSecret('acm-pca', 'ListCertificateAuthorities')).toMatchObject({
      type: 'InvalidSignatureException',
      status: 400,
    })
    expect(await withWrongSecret('sts', 'GetCallerIdentity')).toMatchObject({
      type: 'SignatureDoesNotMatch',
      status: 403,
    })
  })
})

test('SDK v3 for JavaScript lists authorities, and reads errors', async () => {
  const client = acmPcaClient(world)
  const listed = await client.send(new ListCertificateAuthoritiesCommand({}))
  expect(listed.CertificateAuthorities).toEqual([])
  await expect(
    client.send(new DescribeCertificateAuthorityCommand({ CertificateAuthorityArn: UNKNOWN })),
  ).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})
