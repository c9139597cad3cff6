import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../../src/contract/client.ts'
import { anAwsWorld, hasBoto3, type AwsAccount, type AwsCall, type AwsWorld } from '../../support/aws.ts'

const TYPE = 'acm-pca:CertificateAuthority'
const DEFAULT = 'arn:aws:ram::aws:permission/AWSRAMDefaultPermissionCertificateAuthority'
const LOOK_ONLY = {
  Effect: 'Allow',
  Action: ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificateAuthorityCertificate'],
}
const UNKNOWN_SHARE = 'arn:aws:ram:us-east-1:111122223333:resource-share/01900000-0000-7000-8000-000000000000'
const KEY = { algorithm: 'EC_prime256v1' } as const

type Entity = { associatedEntity: string; status: string; external: boolean }

// One test a chapter: each goes on where the one before it ended.
describe.runIf(hasBoto3())('AWS RAM by boto3', () => {
  let world: AwsWorld
  let lender: Client
  let borrower: Client
  let guest: AwsAccount
  let authority: string
  let share: string
  let invitation: string

  const call = <T = Record<string, unknown>>(
    operation: string,
    input: object = {},
    more: Partial<AwsCall> = {},
  ) => world.boto3.call<T>({ service: 'ram', operation, input, ...more })
  const refusal = (operation: string, input: object = {}, more: Partial<AwsCall> = {}) =>
    world.boto3.failure({ service: 'ram', operation, input, ...more })
  const asGuest = () => ({ keys: guest.keys })
  const clientOf = async ({ account }: AwsAccount): Promise<Client> => {
    const body = { name: 'test', role: 'administrator', account } as const
    const { secret } = await world.server.admin.createToken({ body })
    return createClient({ url: world.server.apiUrl, token: secret })
  }
  const issue = (name: string) =>
    borrower.issueCertificate({ body: { authority, profile: 'tls', key: KEY, names: { dns: [name] } } })
  const lentToGuest = async () => {
    const { CertificateAuthorities } = await world.boto3.call<{ CertificateAuthorities: { Arn: string }[] }>({
      service: 'acm-pca',
      operation: 'ListCertificateAuthorities',
      input: { ResourceOwner: 'OTHER_ACCOUNTS' },
      ...asGuest(),
    })
    return CertificateAuthorities.map(({ Arn }) => Arn)
  }
  const principals = async () => {
    const { resourceShareAssociations } = await call<{ resourceShareAssociations: Entity[] }>(
      'GetResourceShareAssociations',
      { associationType: 'PRINCIPAL', resourceShareArns: [share] },
    )
    return resourceShareAssociations.map(({ associatedEntity, status }) => [associatedEntity, status])
  }

  beforeAll(async () => {
    world = await anAwsWorld()
    guest = world.accounts[1] as AwsAccount
    lender = await clientOf(world.main)
    borrower = await clientOf(guest)
    const root = { kind: 'root', name: 'Lent root', subject: { commonName: 'Lent root' } } as const
    const made = await lender.createAuthority({ body: { ...root, validity: { years: 10 } } })
    const issuing = { kind: 'subordinate', name: 'Lent CA', subject: { commonName: 'Lent CA' } } as const
    authority = (
      await lender.createAuthority({ body: { ...issuing, parent: made.id, validity: { years: 5 } } })
    ).arn
  })
  afterAll(() => world.dispose())

  test('share: an account outside the organization is invited', async () => {
    const input = {
      name: 'web team',
      resourceArns: [authority],
      principals: [guest.account],
      tags: [{ key: 'team', value: 'web' }],
      clientToken: 'one',
    }
    const { resourceShare } = await call<{ resourceShare: { resourceShareArn: string } }>(
      'CreateResourceShare',
      input,
    )
    share = resourceShare.resourceShareArn
    expect(resourceShare).toMatchObject({
      name: 'web team',
      owningAccountId: world.main.account,
      allowExternalPrincipals: true,
      status: 'ACTIVE',
      tags: [{ key: 'team', value: 'web' }],
      featureSet: 'STANDARD',
      creationTime: expect.any(Date) as Date,
    })
    expect((await call<typeof input>('CreateResourceShare', input)).clientToken).toBe('one')
    const all = await call<{ resourceShares: { resourceShareArn: string }[] }>('GetResourceShares', {
      resourceOwner: 'SELF',
    })
    expect(all.resourceShares.map(({ resourceShareArn }) => resourceShareArn)).toEqual([share])
    expect(await refusal('CreateResourceShare', { ...input, name: 'other' })).toMatchObject({
      type: 'IdempotentParameterMismatchException',
      modelled: true,
    })
    expect(await principals()).toEqual([[guest.account, 'ASSOCIATING']])
    expect(await lentToGuest()).toEqual([])
    await expect(issue('a.example')).rejects.toMatchObject({ code: 'not_found' })
  })

  test('accept: from then on the other account has it', async () => {
    const { resourceShareInvitations } = await call<{
      resourceShareInvitations: { resourceShareInvitationArn: string; status: string }[]
    }>('GetResourceShareInvitations', {}, asGuest())
    expect(resourceShareInvitations).toMatchObject([
      {
        resourceShareArn: share,
        resourceShareName: 'web team',
        senderAccountId: world.main.account,
        receiverAccountId: guest.account,
        status: 'PENDING',
      },
    ])
    invitation = resourceShareInvitations[0]?.resourceShareInvitationArn ?? ''
    const given = { resourceShareInvitationArn: invitation }
    expect(await call('ListPendingInvitationResources', given, asGuest())).toMatchObject({
      resources: [{ arn: authority, type: TYPE }],
    })
    expect(await call('AcceptResourceShareInvitation', given, asGuest())).toMatchObject({
      resourceShareInvitation: { status: 'ACCEPTED', resourceShareArn: share },
    })
    expect(await refusal('AcceptResourceShareInvitation', given, asGuest())).toMatchObject({
      type: 'ResourceShareInvitationAlreadyAcceptedException',
      modelled: true,
    })
    expect(await lentToGuest()).toEqual([authority])
    expect(await principals()).toEqual([[guest.account, 'ASSOCIATED']])
    await issue('shop.example')
  })

  test('look: each side sees its part of it', async () => {
    const other = { resourceOwner: 'OTHER-ACCOUNTS' }
    expect(await call('GetResourceShares', other, asGuest())).toMatchObject({
      resourceShares: [{ resourceShareArn: share, owningAccountId: world.main.account, tags: [] }],
    })
    expect(await call('ListResources', { ...other, resourceType: TYPE }, asGuest())).toMatchObject({
      resources: [{ arn: authority, type: TYPE, resourceShareArn: share, status: 'AVAILABLE' }],
    })
    expect(await call('ListPrincipals', other, asGuest())).toMatchObject({
      principals: [{ id: world.main.account }],
    })
    expect(await call('ListPrincipals', { resourceOwner: 'SELF', resourceArn: authority })).toMatchObject({
      principals: [{ id: guest.account, resourceShareArn: share, external: true }],
    })
    expect(
      await call('GetResourceShareAssociations', { associationType: 'RESOURCE', resourceArn: authority }),
    ).toMatchObject({ resourceShareAssociations: [{ associatedEntity: authority, status: 'ASSOCIATED' }] })
    const { policies } = await call<{ policies: string[] }>('GetResourcePolicies', {
      resourceArns: [authority],
    })
    expect(policies.join()).toContain(guest.account)
    expect(await call('ListResourceTypes')).toMatchObject({ resourceTypes: [{ resourceType: TYPE }] })
    expect(await call('ListSourceAssociations')).toMatchObject({ sourceAssociations: [] })
  })

  test('narrow: a permission of one’s own takes the place of the managed one, from the next call on', async () => {
    const { permission } = await call<{ permission: { arn: string } }>('CreatePermission', {
      name: 'look-only',
      resourceType: TYPE,
      policyTemplate: JSON.stringify(LOOK_ONLY),
    })
    const given = { resourceShareArn: share, permissionArn: permission.arn }
    expect(await refusal('AssociateResourceSharePermission', given)).toMatchObject({
      type: 'InvalidParameterException',
      message: expect.stringContaining('replace') as string,
    })
    await call('AssociateResourceSharePermission', { ...given, replace: true })
    expect(await call('ListResourceSharePermissions', { resourceShareArn: share })).toMatchObject({
      permissions: [{ arn: permission.arn, version: '1', permissionType: 'CUSTOMER_MANAGED' }],
    })
    await expect(issue('more.example')).rejects.toMatchObject({ code: 'forbidden' })
    expect(await lentToGuest()).toEqual([authority])
    expect(await call('ListPermissionAssociations', { permissionArn: permission.arn })).toMatchObject({
      permissions: [{ resourceShareArn: share, permissionVersion: '1' }],
    })
    expect(await refusal('DeletePermission', { permissionArn: permission.arn })).toMatchObject({
      type: 'OperationNotPermittedException',
    })
    expect(
      await call('ReplacePermissionAssociations', {
        fromPermissionArn: permission.arn,
        toPermissionArn: DEFAULT,
      }),
    ).toMatchObject({ replacePermissionAssociationsWork: { status: 'COMPLETED' } })
    await issue('more.example')
    expect(
      await refusal('DisassociateResourceSharePermission', { ...given, permissionArn: DEFAULT }),
    ).toMatchObject({ type: 'OperationNotPermittedException' })
  })

  test('permissions: managed ones as they are, one’s own in versions', async () => {
    const listed = await world.boto3.call<{ permissions: { name: string }[] }>({
      service: 'ram',
      operation: 'ListPermissions',
      input: { permissionType: 'AWS_MANAGED' },
    })
    expect(listed.permissions).toHaveLength(7)
    const { permission } = await call<{ permission: { permission: string } }>('GetPermission', {
      permissionArn: DEFAULT,
    })
    expect(permission).toMatchObject({ isResourceTypeDefault: true, permissionType: 'AWS_MANAGED' })
    expect(JSON.parse(permission.permission)).toMatchObject({
      Effect: 'Allow',
      Condition: {
        StringEquals: { 'acm-pca:TemplateArn': ['arn:aws:acm-pca:::template/EndEntityCertificate/V1'] },
      },
    })
    const permissionArn = `arn:aws:ram:us-east-1:${world.main.account}:permission/look-only`
    // What GetPermission shows can be given again.
    await call('CreatePermissionVersion', { permissionArn, policyTemplate: permission.permission })
    expect(await call('ListPermissionVersions', { permissionArn })).toMatchObject({
      permissions: [
        { version: '1', defaultVersion: false },
        { version: '2', defaultVersion: true },
      ],
    })
    await call('SetDefaultPermissionVersion', { permissionArn, permissionVersion: 1 })
    await call('DeletePermissionVersion', { permissionArn, permissionVersion: 2 })
    expect(await call('GetPermission', { permissionArn })).toMatchObject({
      permission: { version: '1', permission: JSON.stringify(LOOK_ONLY) },
    })
    expect(await refusal('GetPermission', { permissionArn, permissionVersion: 2 })).toMatchObject({
      type: 'UnknownResourceException',
    })
    const template = { ...LOOK_ONLY, Condition: { StringLike: { 'aws:PrincipalTag/x': 'y' } } }
    expect(
      await refusal('CreatePermissionVersion', { permissionArn, policyTemplate: JSON.stringify(template) }),
    ).toMatchObject({ type: 'MalformedPolicyTemplateException', modelled: true })
    expect(await call('DeletePermission', { permissionArn })).toMatchObject({ returnValue: true })
    expect(await refusal('DeletePermission', { permissionArn: DEFAULT })).toMatchObject({
      type: 'OperationNotPermittedException',
    })
    expect(await refusal('PromotePermissionCreatedFromPolicy', { permissionArn, name: 'x' })).toMatchObject({
      type: 'UnknownResourceException',
    })
  })

  test('change: name, tags, and who is on it', async () => {
    expect(await call('UpdateResourceShare', { resourceShareArn: share, name: 'shop team' })).toMatchObject({
      resourceShare: { name: 'shop team' },
    })
    await call('TagResource', { resourceShareArn: share, tags: [{ key: 'stage', value: 'prod' }] })
    await call('UntagResource', { resourceShareArn: share, tagKeys: ['team'] })
    const filtered = (tagKey: string) =>
      call('GetResourceShares', { resourceOwner: 'SELF', tagFilters: [{ tagKey, tagValues: ['prod'] }] })
    expect(await filtered('stage')).toMatchObject({
      resourceShares: [{ tags: [{ key: 'stage', value: 'prod' }] }],
    })
    expect(await filtered('team')).toMatchObject({ resourceShares: [] })
    const role = `arn:aws:iam::${guest.account}:role/deployer`
    expect(
      await call('AssociateResourceShare', { resourceShareArn: share, principals: [role] }),
    ).toMatchObject({ resourceShareAssociations: [{ associatedEntity: role, associationType: 'PRINCIPAL' }] })
    expect(
      await call('DisassociateResourceShare', { resourceShareArn: share, principals: [role] }),
    ).toMatchObject({ resourceShareAssociations: [{ associatedEntity: role, status: 'DISASSOCIATED' }] })
    expect(await call('EnableSharingWithAwsOrganization')).toMatchObject({ returnValue: true })
    expect(await call('ListReplacePermissionAssociationsWork')).toMatchObject({
      replacePermissionAssociationsWorks: [],
    })
  })

  test('pages: every one of them, once', async () => {
    for (const name of ['a', 'b', 'c']) await call('CreateResourceShare', { name })
    const input = { resourceOwner: 'SELF', PaginationConfig: { PageSize: 1 } }
    const all = await world.boto3.call<{ resourceShares: { name: string }[] }>({
      service: 'ram',
      operation: 'get_resource_shares',
      as: 'paginate',
      input,
    })
    expect(all.resourceShares.map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'c', 'shop team'])
    expect(await refusal('GetResourceShares', { resourceOwner: 'SELF', nextToken: 'x' })).toMatchObject({
      type: 'InvalidNextTokenException',
      modelled: true,
    })
  })

  test('refuse: everything wrong has its own type, as the model has it', async () => {
    const given = { resourceShareArn: share }
    const cases: [operation: string, input: object, type: string][] = [
      ['DeleteResourceShare', { resourceShareArn: UNKNOWN_SHARE }, 'UnknownResourceException'],
      ['DeleteResourceShare', { resourceShareArn: 'x' }, 'MalformedArnException'],
      [
        'AssociateResourceShare',
        { ...given, resourceArns: ['arn:aws:s3:::bucket'] },
        'MalformedArnException',
      ],
      ['AssociateResourceShare', given, 'InvalidParameterException'],
      [
        'AssociateResourceShare',
        { ...given, principals: ['pca-connector-scep.amazonaws.com'] },
        'InvalidParameterException',
      ],
      ['AssociateResourceShare', { ...given, principals: [world.main.account] }, 'InvalidParameterException'],
      [
        'AssociateResourceShare',
        { ...given, resourceArns: [authority.replace(/.$/, (c) => (c === '0' ? '1' : '0'))] },
        'UnknownResourceException',
      ],
      ['CreateResourceShare', { name: ' x' }, 'InvalidParameterException'],
      ['CreateResourceShare', { name: 'x', permissionArns: [DEFAULT, DEFAULT] }, 'InvalidParameterException'],
      ['CreateResourceShare', { name: 'x', sources: [guest.account] }, 'InvalidParameterException'],
      [
        'CreateResourceShare',
        { name: 'x', principals: [guest.account], allowExternalPrincipals: false },
        'OperationNotPermittedException',
      ],
      ['PromoteResourceShareCreatedFromPolicy', given, 'InvalidStateTransitionException'],
      [
        'RejectResourceShareInvitation',
        { resourceShareInvitationArn: invitation },
        'ResourceShareInvitationArnNotFoundException',
      ],
      [
        'CreatePermission',
        { name: 'x', resourceType: 'ec2:Subnet', policyTemplate: '{}' },
        'InvalidParameterException',
      ],
    ]
    for (const [operation, input, type] of cases)
      expect([operation, await refusal(operation, input)]).toMatchObject([
        operation,
        { type, modelled: true },
      ])
    expect(
      await refusal('DisassociateResourceShare', { ...given, principals: [world.main.account] }, asGuest()),
    ).toMatchObject({
      type: 'OperationNotPermittedException',
    })
  })

  test('end: the guest leaves, and may be invited anew; the lender deletes, and nobody issues any more', async () => {
    await call(
      'DisassociateResourceShare',
      { resourceShareArn: share, principals: [guest.account] },
      asGuest(),
    )
    expect(await lentToGuest()).toEqual([])
    expect(await principals()).toEqual([])
    await call('AssociateResourceShare', { resourceShareArn: share, principals: [guest.account] })
    const { resourceShareInvitations } = await call<{
      resourceShareInvitations: { resourceShareInvitationArn: string; status: string }[]
    }>('GetResourceShareInvitations', { resourceShareArns: [share] }, asGuest())
    const again = resourceShareInvitations.find(({ status }) => status === 'PENDING')
    await call(
      'AcceptResourceShareInvitation',
      { resourceShareInvitationArn: again?.resourceShareInvitationArn },
      asGuest(),
    )
    await issue('again.example')
    expect(await call('DeleteResourceShare', { resourceShareArn: share })).toMatchObject({
      returnValue: true,
    })
    await expect(issue('late.example')).rejects.toMatchObject({ code: 'not_found' })
    expect(
      await refusal('GetResourceShares', { resourceOwner: 'SELF', resourceShareArns: [share] }),
    ).toMatchObject({ type: 'UnknownResourceException' })
  })
})
