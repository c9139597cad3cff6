import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { SealedAccessKey } from '../../../src/core/domain/access-keys.ts'
import type { Token } from '../../../src/core/domain/accounts.ts'
import type { AssumableRole, ManagedPolicy, User } from '../../../src/core/domain/identities.ts'
import type {
  AccessKeyId,
  AccountId,
  GroupId,
  KeyId,
  OrganizationId,
  PolicyId,
  RoleId,
  TokenId,
  UserId,
} from '../../../src/core/domain/ids.ts'
import { aStore, NOW, PLACE, type TestStore } from './rows.ts'

const account = PLACE.account
const OTHER = '222222222222' as AccountId
const ADMINISTRATOR = 'AdministratorAccess' as PolicyId
const page = { limit: 10, after: undefined }

const aUser = (more: Partial<User> = {}): User => ({
  id: 'AIDAALICE' as UserId,
  account,
  name: 'alice',
  boundary: undefined,
  tags: { team: 'pki' },
  createdAt: NOW,
  ...more,
})
const aRole = (more: Partial<AssumableRole> = {}): AssumableRole => ({
  id: 'AROADEPLOY' as RoleId,
  account,
  name: 'deploy',
  description: 'what deployments may',
  trust: '{"Statement":[]}',
  maxSessionSeconds: 3600,
  boundary: undefined,
  tags: {},
  createdAt: NOW,
  updatedAt: NOW,
  ...more,
})
const aPolicy = (more: Partial<ManagedPolicy> = {}): ManagedPolicy => ({
  id: 'ANPAISSUE' as PolicyId,
  account,
  name: 'issue',
  description: '',
  defaultVersion: 1,
  latestVersion: 1,
  createdAt: NOW,
  updatedAt: NOW,
  ...more,
})
const aGroup = (more: object = {}) => ({
  id: 'AGPAOPS' as GroupId,
  account,
  name: 'ops',
  createdAt: NOW,
  ...more,
})
function aKey(more: Partial<SealedAccessKey> = {}): SealedAccessKey {
  const id = more.id ?? ('AKIAAAAAAAAAAAAAAAAA' as AccessKeyId)
  return {
    id,
    account,
    holder: { kind: 'user', user: aUser().id },
    status: 'ACTIVE',
    createdAt: NOW,
    expiresAt: undefined,
    lastUse: undefined,
    sealedSecret: {
      id: `secret of ${id}` as KeyId,
      ...PLACE,
      purpose: 'access-key',
      provider: 'local',
      kekId: 'k',
      kekVersion: 1,
      sealed: Buffer.from([1, 2]),
      createdAt: NOW,
    },
    ...more,
  }
}
const aToken = (more: Partial<Token> = {}): Token => ({
  id: 'token-1' as TokenId,
  account,
  name: 'ci',
  role: 'administrator',
  installation: false,
  createdAt: NOW,
  expiresAt: undefined,
  revokedAt: undefined,
  ...more,
})
const conflict = (reason: string, subject: string) => expect.objectContaining({ reason, subject }) as unknown

async function aFilledStore(): Promise<TestStore> {
  const store = await aStore()
  await store.transact((writes) => [
    writes.accounts.add({ id: account, name: 'first', createdAt: NOW }),
    writes.accounts.add({ id: OTHER, name: 'other', createdAt: NOW }),
    writes.users.add(aUser()),
    writes.groups.add(aGroup()),
    writes.roles.add(aRole()),
    writes.managedPolicies.add(aPolicy(), '{"first":1}'),
  ])
  return store
}

describe('users, groups, roles and policies', () => {
  it('are read as they were written, by name, by id and in order', async () => {
    await using store = await aFilledStore()
    const { users, groups, roles, managedPolicies } = store.reads
    await store.transact((writes) => [
      writes.users.add(aUser({ id: 'AIDABOB' as UserId, name: 'bob', boundary: aPolicy().id })),
      writes.groups.addMember(aGroup().id, aUser().id, 10),
    ])
    expect(await users.get(account, 'alice')).toEqual(aUser())
    expect(await users.byId('AIDABOB' as UserId)).toMatchObject({ name: 'bob', boundary: aPolicy().id })
    expect(await users.get(OTHER, 'alice')).toBeUndefined()
    const first = await users.list(account, { limit: 1, after: undefined })
    expect(first.items).toEqual([aUser()])
    const second = await users.list(account, { limit: 1, after: first.next })
    expect(second).toMatchObject({ items: [{ name: 'bob' }], next: undefined })
    expect(await users.groups(aUser().id)).toEqual([aGroup()])
    expect((await groups.members(aGroup().id, page)).items).toEqual([aUser()])
    expect(await roles.get(account, 'deploy')).toEqual(aRole())
    expect(await roles.byId(aRole().id)).toEqual(aRole())
    expect(await managedPolicies.get(account, 'issue')).toEqual(aPolicy())
    expect(await managedPolicies.standing(aPolicy().id)).toEqual({
      id: aPolicy().id,
      name: 'issue',
      document: '{"first":1}',
    })
  })

  it('have names of their own in their account', async () => {
    await using store = await aFilledStore()
    const adds = store.transact((writes) => [writes.users.add(aUser({ id: 'AIDAX' as UserId }))])
    await expect(adds).rejects.toEqual(conflict('exists', 'users.add'))
    await store.transact((writes) => [writes.users.add(aUser({ id: 'AIDAX' as UserId, account: OTHER }))])
  })

  it('take no boundary and no policy of another account', async () => {
    await using store = await aFilledStore()
    const theirs = aPolicy({ id: 'ANPATHEIRS' as PolicyId, account: OTHER })
    await store.transact((writes) => [writes.managedPolicies.add(theirs, '{}')])
    const user = aUser({ id: 'AIDAX' as UserId, name: 'x', boundary: theirs.id })
    await expect(store.transact((writes) => [writes.users.add(user)])).rejects.toEqual(
      conflict('stale', 'users.add'),
    )
    const role = aRole({ id: 'AROAX' as RoleId, name: 'x', boundary: theirs.id })
    await expect(store.transact((writes) => [writes.roles.add(role)])).rejects.toEqual(
      conflict('stale', 'roles.add'),
    )
    const attaching = store.transact((writes) => [
      writes.attachments.add(theirs.id, { kind: 'user', id: aUser().id }, 20),
    ])
    await expect(attaching).rejects.toEqual(conflict('stale', 'attachments.add'))
  })

  it('a role that somebody else changed meanwhile isn’t changed', async () => {
    await using store = await aFilledStore()
    const after = aRole({ description: 'new', trust: '{}', updatedAt: NOW + 1, maxSessionSeconds: 900 })
    await store.transact((writes) => [writes.roles.update(aRole(), after)])
    expect(await store.reads.roles.get(account, 'deploy')).toEqual(after)
    await expect(store.transact((writes) => [writes.roles.update(aRole(), after)])).rejects.toEqual(
      conflict('stale', 'roles.update'),
    )
  })

  it('a policy has versions, of which one counts and stays', async () => {
    await using store = await aFilledStore()
    const { id } = aPolicy()
    const version = (number: number) => ({
      policy: id,
      number,
      document: `{"n":${number}}`,
      createdAt: NOW + number,
    })
    await store.transact((writes) => [writes.managedPolicies.addVersion(version(2), true, 3)])
    expect((await store.reads.managedPolicies.standing(id))?.document).toBe('{"n":2}')
    await store.transact((writes) => [writes.managedPolicies.addVersion(version(3), false, 3)])
    expect((await store.reads.managedPolicies.standing(id))?.document).toBe('{"n":2}')
    await expect(
      store.transact((writes) => [writes.managedPolicies.addVersion(version(3), false, 9)]),
    ).rejects.toEqual(conflict('stale', 'managedPolicies.addVersion'))
    await expect(
      store.transact((writes) => [writes.managedPolicies.addVersion(version(4), false, 3)]),
    ).rejects.toEqual(conflict('refused', 'managedPolicies.addVersion'))
    await expect(store.transact((writes) => [writes.managedPolicies.removeVersion(id, 2)])).rejects.toEqual(
      conflict('stale', 'managedPolicies.removeVersion'),
    )
    await store.transact((writes) => [
      writes.managedPolicies.setDefault(id, 3, NOW),
      writes.managedPolicies.removeVersion(id, 2),
    ])
    expect((await store.reads.managedPolicies.versions(id)).map((it) => it.number)).toEqual([3, 1])
  })

  it('a policy that somebody has, or is bounded by, stays', async () => {
    await using store = await aFilledStore()
    const { id } = aPolicy()
    const holder = { kind: 'role' as const, id: aRole().id }
    const removing = () => store.transact((writes) => [writes.managedPolicies.remove(id)])
    await store.transact((writes) => [writes.attachments.add(id, holder, 20)])
    await expect(removing()).rejects.toEqual(conflict('refused', 'managedPolicies.remove'))
    await store.transact((writes) => [
      writes.attachments.remove(id, holder),
      writes.users.update(aUser({ boundary: id })),
    ])
    await expect(removing()).rejects.toEqual(conflict('refused', 'managedPolicies.remove'))
    await store.transact((writes) => [writes.users.update(aUser()), writes.managedPolicies.remove(id)])
    expect(await store.reads.managedPolicies.versions(id)).toEqual([])
  })

  it('a user has what is attached to it and to its groups; a holder’s policies are bounded in number', async () => {
    await using store = await aFilledStore()
    const user = { kind: 'user' as const, id: aUser().id }
    const group = { kind: 'group' as const, id: aGroup().id }
    await store.transact((writes) => [
      writes.attachments.add(aPolicy().id, group, 20),
      writes.attachments.add('IssuerAccess' as PolicyId, user, 20),
      writes.groups.addMember(group.id, user.id, 10),
    ])
    const { attachments } = store.reads
    expect(await attachments.of(user.id, true)).toEqual([
      { id: 'IssuerAccess', name: 'IssuerAccess', document: undefined },
      { id: aPolicy().id, name: 'issue', document: '{"first":1}' },
    ])
    expect((await attachments.of(user.id, false)).map((it) => it.name)).toEqual(['IssuerAccess'])
    expect((await attachments.holders(account, aPolicy().id, page)).items).toEqual([
      { ...group, name: 'ops' },
    ])
    expect((await attachments.holders(OTHER, 'IssuerAccess' as PolicyId, page)).items).toEqual([])
    const onceMore = store.transact((writes) => [writes.attachments.add(ADMINISTRATOR, user, 1)])
    await expect(onceMore).rejects.toEqual(conflict('refused', 'attachments.add'))
    const tooMany = store.transact((writes) => [writes.groups.addMember(group.id, 'AIDAX' as UserId, 10)])
    await expect(tooMany).rejects.toEqual(conflict('stale', 'groups.addMember'))
  })

  it('a user goes with its keys, their secrets, memberships and attachments, and its tokens are revoked', async () => {
    await using store = await aFilledStore()
    const user = aUser().id
    const token = aToken({ id: 'token-u' as TokenId, role: undefined as never, user })
    await store.transact((writes) => [
      writes.accessKeys.add(aKey(), 2),
      writes.groups.addMember(aGroup().id, user, 10),
      writes.attachments.add(ADMINISTRATOR, { kind: 'user', id: user }, 20),
      writes.tokens.add(token, Uint8Array.of(7)),
    ])
    await store.transact((writes) => [writes.users.remove(user, NOW + 5)])
    const db = new Database(store.file, { readonly: true })
    for (const table of ['User', 'AccessKey', 'GroupMember', 'PolicyAttachment', 'Key'])
      expect(db.prepare(`SELECT COUNT(*) FROM "${table}"`).pluck().get(), table).toBe(0)
    db.close()
    expect(await store.reads.tokens.byHash(Uint8Array.of(7))).toEqual({ ...token, revokedAt: NOW + 5 })
  })
})

describe('access keys', () => {
  it('are read with their secret sealed, and listed without', async () => {
    await using store = await aFilledStore()
    const session = aKey({
      id: 'ASIAAAAAAAAAAAAAAAAA' as AccessKeyId,
      holder: {
        kind: 'session',
        role: aRole().id,
        session: 'build-7',
        policies: ['{}'],
        facts: { 'aws:federatedprovider': 'x' },
        tokenHash: Buffer.from([9]),
      },
      expiresAt: NOW + 1000,
    })
    await store.transact((writes) => [writes.accessKeys.add(aKey(), 2), writes.accessKeys.add(session, 0)])
    expect(await store.reads.accessKeys.get(aKey().id)).toEqual(aKey())
    expect(await store.reads.accessKeys.get(session.id)).toEqual(session)
    const use = { at: NOW, service: 'acm', region: 'eu-central-1' }
    await store.transact((writes) => [
      writes.accessKeys.used(aKey().id, use),
      writes.accessKeys.setStatus(account, aKey().id, 'INACTIVE'),
    ])
    const { sealedSecret: _, ...listed } = aKey({ status: 'INACTIVE', lastUse: use })
    expect(await store.reads.accessKeys.ofUser(aUser().id)).toEqual([listed])
    await store.transact((writes) => [writes.accessKeys.dropExpired(NOW + 1000, 10)])
    expect(await store.reads.accessKeys.get(session.id)).toBeUndefined()
    expect(await store.reads.accessKeys.get(aKey().id)).toBeDefined()
  })

  it('are somebody’s of the account, and at most so many of a user', async () => {
    await using store = await aFilledStore()
    const add = (key: SealedAccessKey, most: number) =>
      store.transact((writes) => [writes.accessKeys.add(key, most)])
    await expect(add(aKey({ account: OTHER }), 2)).rejects.toEqual(conflict('stale', 'accessKeys.add'))
    await add(aKey(), 1)
    await expect(add(aKey({ id: 'AKIABBBBBBBBBBBBBBBB' as AccessKeyId }), 1)).rejects.toEqual(
      conflict('refused', 'accessKeys.add'),
    )
    await expect(store.transact((writes) => [writes.accessKeys.remove(OTHER, aKey().id)])).rejects.toEqual(
      conflict('stale', 'accessKeys.remove'),
    )
    await store.transact((writes) => [writes.accessKeys.remove(account, aKey().id)])
    const db = new Database(store.file, { readonly: true })
    expect(db.prepare("SELECT COUNT(*) FROM Key WHERE purpose = 'access-key'").pluck().get()).toBe(0)
    db.close()
  })

  it('a session that is begun makes nobody look again; a key that ends does', async () => {
    await using store = await aFilledStore()
    const before = await store.reads.generation()
    await store.transact((writes) => [writes.accessKeys.add(aKey(), 2)])
    expect(await store.reads.generation()).toBe(before)
    await store.transact((writes) => [writes.accessKeys.setStatus(account, aKey().id, 'INACTIVE')])
    expect(await store.reads.generation()).toBe(before + 1)
  })
})

describe('the organization', () => {
  it('is one, with a management account that stays in it', async () => {
    await using store = await aFilledStore()
    const organization = { id: 'o-abcdefghij' as OrganizationId, managementAccount: account, createdAt: NOW }
    await store.transact((writes) => [writes.organization.add(organization)])
    expect(await store.reads.organization.of(account)).toEqual(organization)
    expect(await store.reads.organization.of(OTHER)).toBeUndefined()
    const another = { ...organization, id: 'o-2' as OrganizationId }
    await expect(store.transact((writes) => [writes.organization.add(another)])).rejects.toEqual(
      conflict('exists', 'organization.add'),
    )
    await store.transact((writes) => [writes.organization.addAccount(organization.id, OTHER, NOW + 1)])
    expect((await store.reads.organization.accounts(organization.id, page)).items).toMatchObject([
      { id: account, joinedAt: NOW },
      { id: OTHER, joinedAt: NOW + 1 },
    ])
    const leaving = (id: AccountId) =>
      store.transact((writes) => [writes.organization.removeAccount(organization.id, id)])
    await expect(leaving(account)).rejects.toEqual(conflict('stale', 'organization.removeAccount'))
    const removing = () => store.transact((writes) => [writes.organization.remove(organization.id)])
    await expect(removing()).rejects.toEqual(conflict('refused', 'organization.remove'))
    await leaving(OTHER)
    await removing()
    expect(await store.reads.organization.of(account)).toBeUndefined()
    expect(await store.reads.organization.get()).toBeUndefined()
  })
})

describe('administrators of an account', () => {
  it('are live unscoped tokens with that role, and users with AdministratorAccess who can act', async () => {
    await using store = await aFilledStore()
    const any = () => store.reads.administrators.any(account, NOW)
    const user = { kind: 'user' as const, id: aUser().id }
    expect(await any()).toBe(false)
    await store.transact((writes) => [
      writes.tokens.add(aToken({ scope: '{}' }), Uint8Array.of(1)),
      writes.tokens.add(aToken({ id: 'b' as TokenId, role: 'issuer' }), Uint8Array.of(2)),
      writes.tokens.add(aToken({ id: 'c' as TokenId, expiresAt: NOW }), Uint8Array.of(3)),
      writes.attachments.add(ADMINISTRATOR, user, 20),
    ])
    expect(await any()).toBe(false)
    await store.transact((writes) => [writes.accessKeys.add(aKey(), 2)])
    expect(await any()).toBe(true)
    await store.transact((writes) => [writes.users.update(aUser({ boundary: aPolicy().id }))])
    expect(await any()).toBe(false)
    const last = aToken({ id: 'd' as TokenId })
    await store.transact((writes) => [writes.tokens.add(last, Uint8Array.of(4))])
    expect(await any()).toBe(true)
    await expect(
      store.transact((writes) => [
        writes.tokens.revoke(account, last.id, NOW),
        writes.administrators.keep(account, NOW),
      ]),
    ).rejects.toEqual(conflict('refused', 'administrators.keep'))
    expect(await any()).toBe(true)
  })
})

describe('a token that was rotated', () => {
  it('is found by both secrets; by the old one it ends when that does', async () => {
    await using store = await aFilledStore()
    const token = aToken({ expiresAt: NOW + 9000 })
    await store.transact((writes) => [writes.tokens.add(token, Uint8Array.of(1))])
    const rotation = { at: NOW + 10, previousUntil: NOW + 20 }
    const rotate = () =>
      store.transact((writes) => [writes.tokens.rotate(token, Uint8Array.of(2), rotation, NOW + 8000)])
    await rotate()
    const { tokens } = store.reads
    expect(await tokens.byHash(Uint8Array.of(2))).toEqual({ ...token, rotation, expiresAt: NOW + 8000 })
    expect(await tokens.byHash(Uint8Array.of(1))).toEqual({ ...token, rotation, expiresAt: NOW + 20 })
    await expect(rotate()).rejects.toEqual(conflict('stale', 'tokens.rotate'))
  })
})
