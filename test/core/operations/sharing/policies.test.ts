import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import type { AccountId, OrganizationId } from '../../../../src/core/domain/ids.ts'
import {
  describeAuthority,
  listLentAuthorities,
} from '../../../../src/core/operations/authorities/read-authorities.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import {
  deleteAuthorityPolicy,
  getAuthorityPolicy,
  putAuthorityPolicy,
} from '../../../../src/core/operations/sharing/authority-policy.ts'
import { createShare } from '../../../../src/core/operations/sharing/create-share.ts'
import { leaveShare } from '../../../../src/core/operations/sharing/invitations.ts'
import { deleteShare } from '../../../../src/core/operations/sharing/update-share.ts'
import { aPrincipal, aRoot, aSubordinate, barePorts, type TestPorts } from '../ports.ts'
import { aRequest } from '../requests.ts'

const LENDER = '111122223333' as AccountId
const BORROWER = '444455556666' as AccountId
const STRANGER = '777788889999' as AccountId
const ORGANIZATION = 'o-abcdefghij' as OrganizationId

let given: TestPorts
let authority: Authority
let arn: string
const of = (account: AccountId, more: Partial<Principal> = {}): Principal =>
  aPrincipal({ account, role: 'administrator', id: `token/${account}`, ...more })
const lender = of(LENDER)
const borrower = of(BORROWER)

beforeAll(async () => {
  given = await barePorts()
  const all = { ports: given.ports, admin: lender }
  await aRoot(all)
  authority = await aSubordinate(all)
  arn = `arn:aws:acm-pca:us-east-1:${LENDER}:certificate-authority/${authority.id}`
  await given.ports.store.transact((writes) => [
    ...[LENDER, BORROWER, STRANGER].map((id) => writes.accounts.add({ id, name: id, createdAt: 0 })),
    writes.organization.add({ id: ORGANIZATION, managementAccount: LENDER, createdAt: 0 }),
  ])
})
afterAll(() => given[Symbol.asyncDispose]())

const join = (account: AccountId): Promise<void> =>
  given.ports.store.transact((writes) => [writes.organization.addAccount(ORGANIZATION, account, 0)])
const part = (account: AccountId): Promise<void> =>
  given.ports.store.transact((writes) => [writes.organization.removeAccount(ORGANIZATION, account)])
const issue = (principal = borrower, more: Partial<Parameters<typeof issueCertificate>[2]> = {}) =>
  issueCertificate(given.ports, principal, { authority: arn, csr: aRequest(), profile: 'tls', ...more })
const unknown = { code: 'not_found', message: 'authority: there is no such authority here' }

type Statement = Record<string, unknown>
const READING = ['acm-pca:DescribeCertificateAuthority', 'acm-pca:GetCertificate']
const reading = (more: Statement = {}): Statement => ({
  Effect: 'Allow',
  Principal: { AWS: BORROWER },
  Action: READING,
  Resource: arn,
  ...more,
})
const issuing = (more: Statement = {}): Statement =>
  reading({
    Action: 'acm-pca:IssueCertificate',
    Condition: {
      StringEquals: { 'acm-pca:TemplateArn': 'arn:aws:acm-pca:::template/EndEntityCertificate/V1' },
    },
    ...more,
  })
const put = (...Statement: Statement[]) =>
  putAuthorityPolicy(given.ports, lender, {
    authority: arn,
    policy: JSON.stringify({ Version: '2012-10-17', Statement }),
  })

describe('a policy on an authority (contract §5.8)', () => {
  test('lets the accounts that it names do what it says, under the templates that it says', async () => {
    await expect(issue()).rejects.toMatchObject(unknown)
    await put(reading(), issuing())
    await issue()
    await issue(borrower, { authority: authority.id })
    await expect(issue(borrower, { profile: 'code-signing' })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(issue(of(STRANGER))).rejects.toMatchObject(unknown)
    expect((await describeAuthority(given.ports, borrower, arn)).authority.id).toBe(authority.id)
    const page = { limit: 10, after: undefined }
    expect((await listLentAuthorities(given.ports, borrower, page)).items.map(({ id }) => id)).toEqual([
      authority.id,
    ])
    expect((await listLentAuthorities(given.ports, of(STRANGER), page)).items).toEqual([])
    await put(reading())
    await expect(issue()).rejects.toMatchObject({ code: 'forbidden' })
    await deleteAuthorityPolicy(given.ports, lender, arn)
    await expect(issue()).rejects.toMatchObject(unknown)
    await deleteAuthorityPolicy(given.ports, lender, arn)
  })

  test('names a role, and nobody else of its account', async () => {
    await put(issuing({ Principal: { AWS: `arn:aws:iam::${BORROWER}:role/issuing` } }))
    const session = of(BORROWER, {
      kind: 'role',
      arn: `arn:aws:sts::${BORROWER}:assumed-role/issuing/me` as Arn,
    })
    await issue(session)
    await expect(issue()).rejects.toMatchObject(unknown)
    await deleteAuthorityPolicy(given.ports, lender, arn)
  })

  test('names everybody of an organization, for as long as they are in it', async () => {
    await put(
      issuing({
        Principal: '*',
        Condition: {
          StringEquals: {
            'aws:PrincipalOrgID': ORGANIZATION,
            'acm-pca:TemplateArn': 'arn:aws:acm-pca:::template/EndEntityCertificate/V1',
          },
        },
      }),
    )
    await expect(issue()).rejects.toMatchObject(unknown)
    await join(BORROWER)
    await issue()
    await expect(issue(of(STRANGER))).rejects.toMatchObject(unknown)
    // Whoever says so himself isn’t in it.
    const pretending = of(STRANGER, { facts: { 'aws:principalaccount': BORROWER } })
    await expect(issue(pretending)).rejects.toMatchObject(unknown)
    await part(BORROWER)
    await expect(issue()).rejects.toMatchObject(unknown)
    await deleteAuthorityPolicy(given.ports, lender, arn)
  })

  test.each([
    ['denies', () => reading({ Effect: 'Deny' }), 'Effect'],
    [
      'names an action that can’t be shared',
      () => reading({ Action: 'acm-pca:DeleteCertificateAuthority' }),
      'Action',
    ],
    ['names any action', () => reading({ Action: 'acm-pca:*' }), 'Action'],
    ['names other authorities', () => reading({ Resource: '*' }), 'Resource'],
    ['names everybody', () => reading({ Principal: '*' }), 'Principal'],
    ['names everybody as an account', () => reading({ Principal: { AWS: '*' } }), 'Principal'],
    [
      'names everybody of any organization',
      () => reading({ Principal: '*', Condition: { StringLike: { 'aws:PrincipalOrgID': 'o-*' } } }),
      'Principal',
    ],
  ])('is refused where it %s', async (_, statement, member) => {
    const refused = await put(statement()).catch((error: unknown) => error)
    expect(refused).toMatchObject({
      code: 'request_invalid',
      violations: [{ field: `policy.Statement[0].${member}` }],
    })
    await expect(getAuthorityPolicy(given.ports, lender, arn)).rejects.toMatchObject({ code: 'not_found' })
  })

  test('is refused where it can’t be understood, with the position', async () => {
    const refused = put(reading({ Condition: { StringSortOf: { 'aws:SourceIp': 'x' } } }))
    await expect(refused).rejects.toMatchObject({
      code: 'request_invalid',
      message: expect.stringMatching(/line 1, column \d+/),
    })
  })
})

describe('an organization', () => {
  test('uses what its accounts share without being asked, for as long as they are in it', async () => {
    await join(BORROWER)
    const { share, principals } = await createShare(given.ports, lender, {
      name: 'inside',
      authorities: [arn],
      principals: [BORROWER],
      external: false,
    })
    expect(principals).toMatchObject([{ standing: 'organization' }])
    await issue()
    await part(BORROWER)
    await expect(issue()).rejects.toMatchObject(unknown)
    await join(BORROWER)
    await issue()
    await deleteShare(given.ports, lender, share.id)
    await part(BORROWER)
  })

  test('is a principal itself: every account of it borrows, and none leaves alone', async () => {
    const organization = `arn:aws:organizations::${LENDER}:organization/${ORGANIZATION}`
    const other = organization.replace(ORGANIZATION, 'o-zzzzzzzzzz')
    await expect(
      createShare(given.ports, lender, { name: 'all', authorities: [arn], principals: [other] }),
    ).rejects.toMatchObject({ violations: [{ code: 'principal_organization' }] })
    const { share } = await createShare(given.ports, lender, {
      name: 'all',
      authorities: [arn],
      principals: [organization],
    })
    await expect(issue()).rejects.toMatchObject(unknown)
    await join(BORROWER)
    await issue()
    await expect(issue(of(STRANGER))).rejects.toMatchObject(unknown)
    await expect(leaveShare(given.ports, borrower, share.id)).rejects.toMatchObject({
      code: 'state_conflict',
    })
    const { source, policy } = await getAuthorityPolicy(given.ports, lender, arn)
    expect(source).toBe('shares')
    expect(JSON.parse(policy)).toMatchObject({
      Statement: [
        { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': ORGANIZATION } } },
        { Action: ['acm-pca:IssueCertificate'] },
      ],
    })
    // What shares come to can be put as a policy, and does the same.
    await putAuthorityPolicy(given.ports, lender, { authority: arn, policy })
    await deleteShare(given.ports, lender, share.id)
    await issue()
    await deleteAuthorityPolicy(given.ports, lender, arn)
    await part(BORROWER)
  })

  test('deleting a policy that shares come to takes the authority off them', async () => {
    await join(BORROWER)
    const { share } = await createShare(given.ports, lender, {
      name: 'inside',
      authorities: [arn],
      principals: [BORROWER],
    })
    await issue()
    await deleteAuthorityPolicy(given.ports, lender, arn)
    await expect(issue()).rejects.toMatchObject(unknown)
    await deleteShare(given.ports, lender, share.id)
    await part(BORROWER)
  })
})
