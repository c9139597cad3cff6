import { CreateCertificateAuthorityCommand, ListCertificateAuthoritiesCommand } from '@aws-sdk/client-acm-pca'
import {
  AcceptResourceShareInvitationCommand,
  AssociateResourceShareCommand,
  CreateResourceShareCommand,
  DeleteResourceShareCommand,
  GetResourceShareInvitationsCommand,
  paginateGetResourceShares,
  UpdateResourceShareCommand,
} from '@aws-sdk/client-ram'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acmPcaClient, anAwsWorld, ramClient, type AwsAccount, type AwsWorld } from '../../support/aws.ts'

let world: AwsWorld
beforeAll(async () => {
  world = await anAwsWorld()
})
afterAll(() => world.dispose())

test('SDK v3 for JavaScript shares an authority over REST-JSON: made, accepted, changed, paged, deleted', async () => {
  const guest = world.accounts[1] as AwsAccount
  const [lender, borrower] = [ramClient(world), ramClient(world, guest)]
  const { CertificateAuthorityArn: authority = '' } = await acmPcaClient(world).send(
    new CreateCertificateAuthorityCommand({
      CertificateAuthorityType: 'ROOT',
      CertificateAuthorityConfiguration: {
        ...{ KeyAlgorithm: 'EC_prime256v1', SigningAlgorithm: 'SHA256WITHECDSA' },
        Subject: { CommonName: 'Lent' },
      },
    }),
  )
  const made = await lender.send(
    new CreateResourceShareCommand({
      name: 'web',
      resourceArns: [authority],
      tags: [{ key: 'a', value: 'b' }],
    }),
  )
  const { resourceShareArn = '' } = made.resourceShare ?? {}
  expect(made.resourceShare).toMatchObject({ status: 'ACTIVE', creationTime: expect.any(Date) as Date })
  await lender.send(new AssociateResourceShareCommand({ resourceShareArn, principals: [guest.account] }))
  const { resourceShareInvitations } = await borrower.send(new GetResourceShareInvitationsCommand({}))
  const { resourceShareInvitationArn } = resourceShareInvitations?.[0] ?? {}
  await borrower.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn }))
  // Once more: an error that the SDK has a class for.
  await expect(
    borrower.send(new AcceptResourceShareInvitationCommand({ resourceShareInvitationArn })),
  ).rejects.toMatchObject({ name: 'ResourceShareInvitationAlreadyAcceptedException' })
  const lent = await acmPcaClient(world, guest).send(
    new ListCertificateAuthoritiesCommand({ ResourceOwner: 'OTHER_ACCOUNTS' }),
  )
  expect(lent.CertificateAuthorities).toMatchObject([{ Arn: authority }])
  await lender.send(new CreateResourceShareCommand({ name: 'second' }))
  await lender.send(new UpdateResourceShareCommand({ resourceShareArn, name: 'the web' }))
  const names: unknown[] = []
  for await (const { resourceShares } of paginateGetResourceShares(
    { client: lender, pageSize: 1 },
    { resourceOwner: 'SELF' },
  ))
    names.push(...(resourceShares ?? []).map(({ name }) => name))
  expect(new Set(names)).toEqual(new Set(['second', 'the web']))
  await lender.send(new DeleteResourceShareCommand({ resourceShareArn }))
  const left = await acmPcaClient(world, guest).send(
    new ListCertificateAuthoritiesCommand({ ResourceOwner: 'OTHER_ACCOUNTS' }),
  )
  expect(left.CertificateAuthorities).toEqual([])
  await expect(lender.send(new DeleteResourceShareCommand({ resourceShareArn }))).rejects.toMatchObject({
    name: 'UnknownResourceException',
  })
})
