import {
  DescribeCertificateAuthorityCommand,
  ListCertificateAuthoritiesCommand,
} from '@aws-sdk/client-acm-pca'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acmPcaClient, anAwsWorld, type AwsWorld } from '../../support/aws.ts'

let world: AwsWorld
beforeAll(async () => {
  world = await anAwsWorld({ CHANCERY_AUDIT_READS: 'true', CHANCERY_AUDIT_REFUSALS: 'true' })
})
afterAll(() => world.dispose())

const eventsNamed = async (name: string) => {
  const { items } = await world.server.admin.listAuditEvents({ query: { name, scope: 'installation' } })
  return items.map(({ account, record }) => ({ ...record, account }))
}

test('a read over AWS’s protocols is an event of its service, with the ARNs that it named', async () => {
  const client = acmPcaClient(world)
  await client.send(new ListCertificateAuthoritiesCommand({ MaxResults: 5 }))
  expect(await eventsNamed('ListCertificateAuthorities')).toMatchObject([
    {
      account: world.main.account,
      eventSource: 'acm-pca.amazonaws.com',
      readOnly: true,
      requestParameters: null,
      userIdentity: { type: 'IAMUser', arn: world.main.userArn },
    },
  ])
})

test('a wrong signature is a refusal on record; an ARN of nothing is none', async () => {
  const wrong = acmPcaClient(world, { ...world.main, keys: { ...world.main.keys, secret: 'wrong' } })
  await expect(wrong.send(new ListCertificateAuthoritiesCommand({}))).rejects.toThrow()
  const [listed] = await eventsNamed('ListCertificateAuthorities')
  expect(listed).toMatchObject({
    errorCode: 'UnrecognizedClientException',
    eventSource: 'acm-pca.amazonaws.com',
    sourceIPAddress: '127.0.0.1',
  })
  expect(JSON.stringify(listed)).not.toContain('wrong')
  const arn = `arn:aws:iam::${world.main.account}:user/nobody`
  const client = acmPcaClient(world)
  await expect(
    client.send(new DescribeCertificateAuthorityCommand({ CertificateAuthorityArn: arn })),
  ).rejects.toThrow()
  expect(await eventsNamed('DescribeCertificateAuthority')).toEqual([])
})
