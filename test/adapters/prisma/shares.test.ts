import { describe, expect, it } from 'vitest'
import { StoreConflict } from '../../../src/core/domain/errors.ts'
import type { AccountId, AuthorityId, InvitationId, ShareId } from '../../../src/core/domain/ids.ts'
import { DEFAULT_PERMISSION, MANAGED_PERMISSIONS } from '../../../src/core/domain/share-permissions.ts'
import type { ResourceShare, ShareInvitation, SharePrincipal } from '../../../src/core/domain/shares.ts'
import { anAuthority, aStore, AUTHORITY, NOW, PLACE, type TestStore } from './rows.ts'

const BORROWER = { ...PLACE, account: '222222222222' as AccountId }
const STRANGER = { ...PLACE, account: '333333333333' as AccountId }
const SHARE = '01900000-0000-7000-8000-00000000000a' as ShareId
const INVITATION = '01900000-0000-7000-8000-00000000000b' as InvitationId

const aShare = (more: Partial<ResourceShare> = {}): ResourceShare => ({
  id: SHARE,
  ...PLACE,
  name: 'lent',
  revision: 1,
  external: true,
  permission: DEFAULT_PERMISSION,
  permissionVersion: 1,
  tags: {},
  createdAt: NOW,
  updatedAt: NOW,
  ...more,
})
const aPrincipal = (more: Partial<SharePrincipal> = {}): SharePrincipal => ({
  share: SHARE,
  principal: BORROWER.account,
  account: BORROWER.account,
  organization: undefined,
  createdAt: NOW,
  ...more,
})
const anInvitation = (more: Partial<ShareInvitation> = {}): ShareInvitation => ({
  id: INVITATION,
  share: SHARE,
  shareName: 'lent',
  sender: PLACE.account,
  account: BORROWER.account,
  region: PLACE.region,
  status: 'PENDING',
  createdAt: NOW,
  expiresAt: NOW + 1000,
  decidedAt: undefined,
  ...more,
})

async function lending(store: TestStore, share: Partial<ResourceShare> = {}): Promise<void> {
  await store.transact((writes) => [
    writes.authorities.add(anAuthority()),
    writes.shares.add(aShare(share)),
    writes.shares.addAuthority(SHARE, AUTHORITY, NOW),
    writes.shares.addPrincipal(aPrincipal()),
    writes.shareInvitations.add(anInvitation()),
  ])
}
const accepting = (store: TestStore): Promise<void> =>
  store.transact((writes) => [writes.shareInvitations.decide(INVITATION, 'ACCEPTED', NOW)])
const page = { limit: 10, after: undefined }

describe('an authority on a share', () => {
  it('is found by the other account once it has accepted, and by nobody else', async () => {
    await using store = await aStore()
    await lending(store)
    const { find, list } = store.reads.lent
    expect(await find(BORROWER, AUTHORITY, undefined)).toBeUndefined()
    await accepting(store)
    const offers = [{ to: BORROWER.account, ...MANAGED_PERMISSIONS.get(DEFAULT_PERMISSION) }]
    expect(await find(BORROWER, AUTHORITY, undefined)).toMatchObject({ offers, policy: undefined })
    expect(await find(BORROWER, AUTHORITY, PLACE.account)).toMatchObject({ offers })
    expect((await list(BORROWER, page)).items).toHaveLength(1)
    expect((await store.reads.shares.listLentTo(BORROWER, page)).items).toEqual([aShare()])
    for (const [place, owner] of [
      [BORROWER, STRANGER.account],
      [STRANGER, undefined],
      [{ ...BORROWER, region: 'eu-west-1' as typeof PLACE.region }, undefined],
      // Its own is found elsewhere.
      [PLACE, undefined],
    ] as const)
      expect(await find(place, AUTHORITY, owner)).toBeUndefined()
    expect((await list(STRANGER, page)).items).toEqual([])
    expect(await store.reads.shares.lentTo(STRANGER, SHARE)).toBeUndefined()
  })

  it.each([
    [
      'the authority is taken off',
      (store) => store.transact((w) => [w.shares.removeAuthority(SHARE, AUTHORITY)]),
    ],
    [
      'the account is taken off',
      (store) => store.transact((w) => [w.shares.removeAccount(SHARE, BORROWER.account)]),
    ],
    ['the share is deleted', (store) => store.transact((w) => [w.shares.remove(SHARE)])],
    [
      'the invitation ends',
      (store) => store.transact((w) => [w.shareInvitations.end(SHARE, BORROWER.account, NOW)]),
    ],
  ] as [string, (store: TestStore) => Promise<void>][])(
    'is found no more when %s, and what was cached counts no more',
    async (_, end) => {
      await using store = await aStore()
      await lending(store)
      await accepting(store)
      const before = await store.reads.generation()
      await end(store)
      expect(await store.reads.lent.find(BORROWER, AUTHORITY, undefined)).toBeUndefined()
      expect(await store.reads.generation()).toBeGreaterThan(before)
    },
  )

  it('of which the lender isn’t the owner is not lent by it', async () => {
    await using store = await aStore()
    await lending(store, { account: STRANGER.account })
    await accepting(store)
    expect(await store.reads.lent.find(BORROWER, AUTHORITY, undefined)).toBeUndefined()
  })

  it('is offered as the share’s version of a permission has it, and not at all without one', async () => {
    await using store = await aStore()
    const permission = '01900000-0000-7000-8000-00000000000c'
    await store.transact((writes) => [
      writes.sharePermissions.add({
        id: permission,
        ...PLACE,
        name: 'p',
        defaultVersion: 0,
        lastVersion: 0,
        createdAt: NOW,
        updatedAt: NOW,
      }),
      writes.sharePermissions.addVersion({
        permission,
        version: 1,
        actions: ['acm-pca:IssueCertificate'],
        templates: undefined,
        createdAt: NOW,
      }),
    ])
    await lending(store, { permission })
    await accepting(store)
    const offers = async () => (await store.reads.lent.find(BORROWER, AUTHORITY, undefined))?.offers
    const first = [{ to: BORROWER.account, actions: ['acm-pca:IssueCertificate'], templates: undefined }]
    expect(await offers()).toEqual(first)
    await store.transact((writes) => [
      writes.sharePermissions.addVersion({
        permission,
        version: 2,
        actions: ['acm-pca:GetCertificate'],
        templates: ['EndEntityCertificate/V1'],
        createdAt: NOW,
      }),
    ])
    expect(await offers()).toEqual(first)
    const to = (version: number) => (before: ResourceShare) =>
      store.transact((writes) => [
        writes.shares.replace(before, {
          ...before,
          permissionVersion: version,
          revision: before.revision + 1,
        }),
      ])
    await to(2)(aShare({ permission }))
    expect(await offers()).toMatchObject([{ templates: ['EndEntityCertificate/V1'] }])
    for (const refused of [
      store.transact((writes) => [writes.sharePermissions.remove(permission)]),
      store.transact((writes) => [writes.sharePermissions.removeVersion(permission, 2)]),
      to(1)(aShare({ permission })),
    ])
      await expect(refused).rejects.toBeInstanceOf(StoreConflict)
    await to(9)(aShare({ permission, revision: 2 }))
    expect(await offers()).toBeUndefined()
  })

  it('takes an authority and an account once, and nothing once it is gone', async () => {
    await using store = await aStore()
    await lending(store)
    await store.transact((writes) => [
      writes.shares.addAuthority(SHARE, AUTHORITY, NOW + 1),
      writes.shares.addPrincipal(aPrincipal({ createdAt: NOW + 1 })),
      writes.shareInvitations.add(anInvitation({ id: SHARE as string as InvitationId })),
    ])
    expect(await store.reads.shares.authorities(SHARE)).toEqual([AUTHORITY])
    expect(await store.reads.shares.principals(SHARE)).toEqual([{ ...aPrincipal(), standing: 'invited' }])
    expect((await store.reads.shareInvitations.list(BORROWER, page)).items).toEqual([anInvitation()])
    await store.transact((writes) => [writes.shares.remove(SHARE)])
    const late = '01900000-0000-7000-8000-0000000000ff' as AuthorityId
    for (const refused of [
      store.transact((writes) => [writes.shares.addAuthority(SHARE, late, NOW)]),
      store.transact((writes) => [writes.shares.addPrincipal(aPrincipal())]),
    ])
      await expect(refused).rejects.toBeInstanceOf(StoreConflict)
  })
})
