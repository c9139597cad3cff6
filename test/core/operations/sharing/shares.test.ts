import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Principal } from '../../../../src/core/domain/access.ts'
import type { Arn } from '../../../../src/core/domain/arns.ts'
import type { Authority } from '../../../../src/core/domain/authorities.ts'
import { certificateIdOf, type AccountId } from '../../../../src/core/domain/ids.ts'
import { parsePolicy } from '../../../../src/core/domain/policies/parse-policy.ts'
import { INVITATION_LIFE } from '../../../../src/core/domain/shares.ts'
import {
  describeAuthority,
  getAuthorityCertificate,
} from '../../../../src/core/operations/authorities/read-authorities.ts'
import { updateAuthority } from '../../../../src/core/operations/authorities/update-authority.ts'
import { exportCertificate } from '../../../../src/core/operations/certificates/export-certificate.ts'
import { issueCertificate } from '../../../../src/core/operations/certificates/issue-certificate.ts'
import {
  describeCertificate,
  searchCertificates,
} from '../../../../src/core/operations/certificates/read-certificates.ts'
import { revokeCertificate } from '../../../../src/core/operations/certificates/revoke-certificate.ts'
import { createProfile } from '../../../../src/core/operations/profiles/create-profile.ts'
import { associateShare, disassociateShare } from '../../../../src/core/operations/sharing/associate-share.ts'
import { createShare, type CreateShareRequest } from '../../../../src/core/operations/sharing/create-share.ts'
import {
  acceptInvitation,
  leaveShare,
  listInvitations,
  rejectInvitation,
} from '../../../../src/core/operations/sharing/invitations.ts'
import { describeShare, listShares } from '../../../../src/core/operations/sharing/read-shares.ts'
import {
  addPermissionVersion,
  createSharePermission,
  deletePermissionVersion,
  deleteSharePermission,
  describeSharePermission,
  setDefaultPermissionVersion,
} from '../../../../src/core/operations/sharing/share-permissions.ts'
import { deleteShare, updateShare } from '../../../../src/core/operations/sharing/update-share.ts'
import {
  advance,
  aPrincipal,
  aRoot,
  aSubordinate,
  barePorts,
  secondServer,
  type TestPorts,
} from '../ports.ts'
import { aRequest } from '../requests.ts'

const LENDER = '111122223333' as AccountId
const BORROWER = '444455556666' as AccountId
const STRANGER = '777788889999' as AccountId
const page = { limit: 100, after: undefined }

let given: TestPorts
let authority: Authority
let arn: string
const of = (account: AccountId, more: Partial<Principal> = {}): Principal =>
  aPrincipal({ account, id: `token/${account}`, ...(more.grants ? {} : { role: 'administrator' }), ...more })
const lender = of(LENDER)
const borrower = of(BORROWER)

beforeAll(async () => {
  given = await barePorts()
  const all = { ports: given.ports, admin: lender }
  await aRoot(all)
  authority = await aSubordinate(all)
  arn = `arn:aws:acm-pca:us-east-1:${LENDER}:certificate-authority/${authority.id}`
})
afterAll(() => given[Symbol.asyncDispose]())

const shared = (more: Partial<CreateShareRequest> = {}) =>
  createShare(given.ports, lender, {
    name: 'lent',
    authorities: [authority.id],
    principals: [BORROWER],
    ...more,
  })
async function accept(principal = borrower): Promise<void> {
  const { items } = await listInvitations(given.ports, principal, page)
  for (const { id, status } of items)
    if (status === 'PENDING') await acceptInvitation(given.ports, principal, id)
}
const issue = (principal = borrower, more: Partial<Parameters<typeof issueCertificate>[2]> = {}) =>
  issueCertificate(given.ports, principal, { authority: arn, csr: aRequest(), profile: 'tls', ...more })
const unknown = { code: 'not_found', message: 'authority: there is no such authority here' }

/** A share for one test, accepted, and ended afterwards. */
async function lending(more: Partial<CreateShareRequest>, work: (share: string) => Promise<void>) {
  const { share } = await shared(more)
  await accept()
  try {
    await work(share.id)
  } finally {
    await deleteShare(given.ports, lender, share.id).catch(() => undefined)
  }
}

describe('a share', () => {
  test('begins to count when it is accepted and stops when it is deleted, on every server', async () => {
    const other = await secondServer(given)
    await expect(issue()).rejects.toMatchObject(unknown)
    const { share } = await shared()
    await expect(issue()).rejects.toMatchObject(unknown)
    expect((await listShares(given.ports, borrower, { owner: 'OTHER_ACCOUNTS', page })).items).toEqual([])
    await accept()
    expect((await issue()).certificate).toMatchObject({ account: BORROWER, lender: LENDER })
    const there = () =>
      issueCertificate(other.ports, borrower, { authority: arn, csr: aRequest(), profile: 'tls' })
    await there()
    const lent = await listShares(given.ports, borrower, { owner: 'OTHER_ACCOUNTS', page })
    expect(lent.items).toMatchObject([{ share: { id: share.id }, authorities: [authority.id] }])
    await deleteShare(given.ports, lender, share.id)
    await expect(issue()).rejects.toMatchObject(unknown)
    await expect(there()).rejects.toMatchObject(unknown)
    await other.store.close()
  })

  test('is answered once: a rejected, an answered and an expired invitation are refused', async () => {
    const first = (await shared()).share.id
    const invitation = async () => (await listInvitations(given.ports, borrower, page)).items[0]?.id ?? ''
    await rejectInvitation(given.ports, borrower, await invitation())
    await expect(acceptInvitation(given.ports, borrower, await invitation())).rejects.toMatchObject({
      code: 'state_conflict',
      message: expect.stringContaining('REJECTED'),
    })
    expect((await describeShare(given.ports, lender, first)).principals).toEqual([])
    await associateShare(given.ports, lender, { share: first, principals: [BORROWER] })
    advance(given, INVITATION_LIFE)
    await expect(acceptInvitation(given.ports, borrower, await invitation())).rejects.toMatchObject({
      message: expect.stringContaining('EXPIRED'),
    })
    await associateShare(given.ports, lender, { share: first, principals: [BORROWER] })
    await accept()
    await issue()
    await expect(acceptInvitation(given.ports, borrower, await invitation())).rejects.toMatchObject({
      message: expect.stringContaining('ACCEPTED'),
    })
    await deleteShare(given.ports, lender, first)
  })

  test.each([
    [
      'the authority is taken off',
      (share) => disassociateShare(given.ports, lender, { share, authorities: [arn] }),
    ],
    [
      'the account is taken off',
      (share) => disassociateShare(given.ports, lender, { share, principals: [BORROWER] }),
    ],
    ['the borrower leaves', (share) => leaveShare(given.ports, borrower, share)],
    [
      'the permission is narrowed to reading',
      async (share) => {
        const name = `reading-${share}`
        await createSharePermission(given.ports, lender, {
          name,
          actions: ['acm-pca:DescribeCertificateAuthority'],
        })
        await updateShare(given.ports, lender, { share, permission: name })
      },
    ],
  ] as [string, (share: string) => Promise<unknown>][])('issues no more once %s', async (_, end) => {
    await lending({}, async (share) => {
      await issue()
      await end(share)
      await expect(issue()).rejects.toMatchObject({ code: expect.stringMatching(/not_found|forbidden/) })
    })
  })

  test('stays with the account that it was made for, and with the role', async () => {
    const role = `arn:aws:iam::${BORROWER}:role/issuing`
    const session = of(BORROWER, {
      kind: 'role',
      arn: `arn:aws:sts::${BORROWER}:assumed-role/issuing/s` as Arn,
    })
    await lending({ principals: [role] }, async () => {
      await issue(session)
      await expect(issue(borrower)).rejects.toMatchObject(unknown)
      await expect(issue(of(STRANGER))).rejects.toMatchObject(unknown)
      // The other one's answer is cached by now, and counts for nobody else.
      await expect(issue(borrower)).rejects.toMatchObject(unknown)
      await issue(session)
    })
  })

  test('both sides must agree: the borrower’s own policy is asked about the very ARN', async () => {
    await lending({}, async () => {
      const limited = (resource: string) =>
        of(BORROWER, {
          grants: {
            identity: [
              parsePolicy(
                JSON.stringify({
                  Version: '2012-10-17',
                  Statement: { Effect: 'Allow', Action: 'acm-pca:IssueCertificate', Resource: resource },
                }),
                'identity',
              ),
            ],
          },
        })
      await issue(limited(arn))
      await expect(issue(limited(`${arn.slice(0, -1)}?x`))).rejects.toMatchObject({ code: 'forbidden' })
      // Named by its id, it is asked about twice: as its own, before the look-up, and as what was found.
      await expect(issue(limited(arn), { authority: authority.id })).rejects.toMatchObject({
        code: 'forbidden',
      })
      const own = limited(`arn:aws:acm-pca:us-east-1:${BORROWER}:certificate-authority/*`)
      await expect(issue(own, { authority: authority.id })).rejects.toMatchObject({ code: 'forbidden' })
    })
  })

  test('lets nobody but the lender change the authority', async () => {
    await lending({}, async () => {
      for (const reference of [arn, authority.id])
        await expect(
          updateAuthority(given.ports, borrower, { reference, status: 'DISABLED' }),
        ).rejects.toMatchObject(unknown)
      await expect(
        createShare(given.ports, borrower, { name: 'passed on', authorities: [arn] }),
      ).rejects.toMatchObject(unknown)
      expect((await describeAuthority(given.ports, borrower, arn)).authority.account).toBe(LENDER)
    })
  })
})

describe('permissions', () => {
  test('of the default share: EndEntityCertificate/V1, and profiles that it covers', async () => {
    await lending({}, async () => {
      for (const profile of ['tls', 'tls-server', 'tls-client']) await issue(borrower, { profile })
      await expect(issue(borrower, { profile: 'code-signing' })).rejects.toMatchObject({
        code: 'forbidden',
        message: expect.stringContaining('EndEntityCertificate/V1'),
      })
      const under = (template: string) =>
        issueCertificate(given.ports, borrower, { authority: arn, csr: aRequest(), template })
      await under('EndEntityCertificate/V1')
      for (const template of [
        'CodeSigningCertificate/V1',
        'BlankEndEntityCertificate_APIPassthrough/V1',
        'SubordinateCACertificate_PathLen0/V1',
      ])
        await expect(under(template)).rejects.toMatchObject({ code: 'forbidden' })
    })
  })

  test('its certificate is one thing, what else it is another: each wants its own action', async () => {
    const { ports } = given
    const read = { certificate: getAuthorityCertificate, everything: describeAuthority }
    const asked = async (what: keyof typeof read) =>
      read[what](ports, borrower, arn).then(
        ({ authority: { id } }) => id,
        ({ code }: { code: string }) => code,
      )
    const shown = async () => [await asked('certificate'), await asked('everything')]
    await createSharePermission(ports, lender, {
      name: 'certificate-only',
      actions: ['acm-pca:GetCertificateAuthorityCertificate'],
    })
    await createSharePermission(ports, lender, {
      name: 'describe-only',
      actions: ['acm-pca:DescribeCertificateAuthority'],
    })
    await lending({ permission: 'certificate-only' }, async (share) => {
      expect(await shown()).toEqual([authority.id, 'forbidden'])
      await updateShare(ports, lender, { share, permission: 'describe-only' })
      expect(await shown()).toEqual(['forbidden', authority.id])
    })
  })

  test('a profile of the borrower’s is none that the lender has allowed, whatever its name', async () => {
    const { ports } = given
    await createProfile(ports, lender, { name: 'web', base: 'tls' })
    await createProfile(ports, borrower, { name: 'web', base: 'tls' })
    await updateAuthority(ports, lender, { reference: authority.id, allowedProfiles: ['web'] })
    await lending({}, async () => {
      await expect(issue(borrower, { profile: 'web' })).rejects.toMatchObject({
        code: 'policy_refused',
        violations: [{ code: 'profile_not_allowed' }],
      })
      await updateAuthority(ports, lender, { reference: authority.id, allowedProfiles: null })
      await issue(borrower, { profile: 'web' })
    })
  })

  test('of one’s own have versions; a share keeps the one it was given', async () => {
    const { ports } = given
    await createSharePermission(ports, lender, {
      name: 'ours',
      actions: ['acm-pca:IssueCertificate'],
      templates: ['CodeSigningCertificate/V1'],
    })
    await lending({ permission: 'ours' }, async (share) => {
      await issue(borrower, { profile: 'code-signing' })
      await expect(issue()).rejects.toMatchObject({ code: 'forbidden' })
      await addPermissionVersion(ports, lender, { name: 'ours', actions: ['acm-pca:IssueCertificate'] })
      await expect(issue()).rejects.toMatchObject({ code: 'forbidden' })
      await updateShare(ports, lender, { share, permissionVersion: 2 })
      await issue()
      for (const refused of [
        deletePermissionVersion(ports, lender, { name: 'ours', version: 2 }),
        setDefaultPermissionVersion(ports, lender, { name: 'ours', version: 7 }),
        deleteSharePermission(ports, lender, 'ours'),
      ])
        await expect(refused).rejects.toMatchObject({ code: 'state_conflict' })
      await deletePermissionVersion(ports, lender, { name: 'ours', version: 1 })
      const { versions, permission } = await describeSharePermission(ports, lender, 'ours')
      expect([permission.defaultVersion, versions.map(({ version }) => version)]).toEqual([2, [2]])
    })
    await deleteSharePermission(ports, lender, 'ours')
  })

  test('name everything that is wrong with them', async () => {
    await expect(
      createSharePermission(given.ports, lender, {
        name: 'AWSRAMDefaultPermissionCertificateAuthority',
        actions: [],
      }),
    ).rejects.toMatchObject({ violations: [{ field: 'name' }] })
    await expect(
      createSharePermission(given.ports, lender, {
        name: 'wrong',
        actions: ['acm-pca:DeleteCertificateAuthority', '*'],
        templates: ['Nothing/V1', 'RootCACertificate/V1'],
      }),
    ).rejects.toMatchObject({
      code: 'request_invalid',
      violations: [
        { field: 'actions[0]' },
        { field: 'actions[1]' },
        { field: 'templates[0]' },
        { field: 'templates' },
        { field: 'templates[1]' },
      ],
    })
  })
})

test('whom a share can go to', async () => {
  const refused = (principals: string[], more: Partial<CreateShareRequest> = {}) =>
    expect(shared({ principals, ...more })).rejects
  await refused([LENDER, 'nobody', '000000000000', 'arn:aws:iam::444455556666:group/g']).toMatchObject({
    code: 'request_invalid',
    violations: [0, 1, 2, 3].map((place) => ({ field: `principals[${place}]` })),
  })
  await refused([BORROWER], { external: false }).toMatchObject({
    code: 'policy_refused',
    violations: [{ code: 'principal_external' }],
  })
  // An account that isn't there answers as one that is.
  const { share, principals } = await shared({ principals: [STRANGER, BORROWER] })
  expect(principals.map(({ standing }) => standing)).toEqual(['invited', 'invited'])
  await expect(updateShare(given.ports, lender, { share: share.id, external: false })).rejects.toMatchObject({
    code: 'state_conflict',
  })
  await deleteShare(given.ports, lender, share.id)
})

describe('what was issued for a borrower', () => {
  test('belongs to the borrower, and is seen by the lender', async () => {
    await lending({}, async () => {
      const { ports } = given
      const { certificate } = await issue(borrower, {
        key: { algorithm: 'ED25519' },
        csr: undefined as never,
        names: { dns: ['lent.test'] },
      })
      const id = certificateIdOf(authority.id, certificate.serial)
      expect((await describeCertificate(ports, borrower, { id })).certificate.account).toBe(BORROWER)
      expect((await describeCertificate(ports, lender, { id })).certificate.account).toBe(BORROWER)
      await exportCertificate(ports, borrower, { id, form: { format: 'pem' } })
      await expect(exportCertificate(ports, lender, { id, form: { format: 'pem' } })).rejects.toMatchObject({
        code: 'not_found',
      })
      const found = async (
        principal: Principal,
        filter: Parameters<typeof searchCertificates>[2]['filter'],
      ) => (await searchCertificates(ports, principal, { filter, page })).items.map(({ serial }) => serial)
      for (const name of ['lent.test', '.test'])
        for (const status of [undefined, 'valid'] as const) {
          const filter = { name, ...(status === undefined ? {} : { status }) }
          expect(await found(lender, { ...filter, authority: authority.id })).toEqual([certificate.serial])
          expect(await found(borrower, { ...filter, authority: authority.id })).toEqual([certificate.serial])
          expect(await found(lender, filter)).toEqual([])
        }
      expect(await found(lender, { authority: authority.id, name: 'other.test' })).toEqual([])
      await expect(found(of(STRANGER), { authority: authority.id })).rejects.toMatchObject(unknown)
    })
  })

  test('is told of in both accounts’ trails, with one id', async () => {
    await lending({}, async () => {
      const { certificate } = await issue()
      const records = () => {
        const db = new Database(given.database, { readonly: true })
        const rows = db
          .prepare(
            "SELECT accountId, record FROM AuditEvent WHERE name = 'IssueCertificate' ORDER BY id DESC LIMIT 2",
          )
          .all() as { accountId: string; record: string }[]
        db.close()
        return rows.map(({ accountId, record }) => ({ accountId, ...(JSON.parse(record) as object) }))
      }
      const [theirs, mine] = records() as Record<string, unknown>[]
      expect([theirs?.['accountId'], mine?.['accountId']]).toEqual([LENDER, BORROWER])
      expect(theirs?.['sharedEventID']).toBe(mine?.['sharedEventID'])
      expect(theirs?.['eventID']).not.toBe(mine?.['eventID'])
      expect(theirs).toMatchObject({
        recipientAccountId: LENDER,
        userIdentity: { accountId: BORROWER },
        resources: [{ ARN: arn }, { ARN: `${arn}/certificate/${certificate.serial}` }],
      })
    })
  })

  test('is revoked by the lender, and by the borrower with permission only', async () => {
    const { ports } = given
    await lending({}, async () => {
      const [one, two] = [await issue(), await issue()].map(({ certificate: { serial } }) => ({
        id: certificateIdOf(authority.id, serial),
        reason: 'superseded' as const,
      })) as [never, never]
      await expect(revokeCertificate(ports, borrower, one)).rejects.toMatchObject({ code: 'forbidden' })
      await revokeCertificate(ports, lender, one)
      await lending({ permission: 'AWSRAMRevokeCertificateCertificateAuthority' }, async () => {
        await revokeCertificate(ports, borrower, two)
      })
      const three = {
        id: certificateIdOf(authority.id, (await issue()).certificate.serial),
        reason: 'superseded',
      } as const
      await expect(revokeCertificate(ports, of(STRANGER), three)).rejects.toMatchObject({ code: 'not_found' })
    })
  })
})
