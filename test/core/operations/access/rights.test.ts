import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorize, type Principal } from '../../../../src/core/domain/access.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import {
  createAccessKey,
  deleteAccessKey,
  listAccessKeys,
  updateAccessKey,
} from '../../../../src/core/operations/access/access-keys.ts'
import { attachPolicy, detachPolicy } from '../../../../src/core/operations/access/attachments.ts'
import {
  addGroupMember,
  createGroup,
  deleteGroup,
  removeGroupMember,
} from '../../../../src/core/operations/access/groups.ts'
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  describePolicy,
  setDefaultPolicyVersion,
} from '../../../../src/core/operations/access/policies.ts'
import { rolePrincipal } from '../../../../src/core/operations/access/principals.ts'
import { createRole, deleteRole, updateRole } from '../../../../src/core/operations/access/roles.ts'
import { passRoles } from '../../../../src/core/operations/access/pass-roles.ts'
import { createToken, revokeToken, rotateToken } from '../../../../src/core/operations/access/tokens.ts'
import { authenticateToken } from '../../../../src/core/operations/access/authenticate-token.ts'
import {
  createUser,
  deleteUser,
  describeUser,
  updateUser,
} from '../../../../src/core/operations/access/users.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import { MINUTE } from '../../../../src/core/domain/time.ts'
import { rowsOf } from '../database.ts'
import { aPrincipal, testPorts, type TestPorts } from '../ports.ts'
import { expectRefusal } from '../refusals.ts'
import { allowing, aPolicy, aRole, asUser, aUser, CALL, trusting } from './identities.ts'

let given: TestPorts
let admin: Principal
beforeEach(async () => {
  given = await testPorts({ authorities: false })
  admin = given.admin
})
afterEach(() => given[Symbol.asyncDispose]())

const attach = (policy: string, kind: 'user' | 'group' | 'role', name: string, by = admin) =>
  attachPolicy(given.ports, by, { policy, kind, name })
const detach = (policy: string, kind: 'user' | 'group' | 'role', name: string, by = admin) =>
  detachPolicy(given.ports, by, { policy, kind, name })
const userId = async (name: string) => (await describeUser(given.ports, admin, name)).user.id
const again = async (name: string) => asUser(given, admin.account, await userId(name))

describe('a user', () => {
  test('is made, described, changed and ended, with an event each', async () => {
    const { ports } = given
    await aPolicy(given, 'bound', 'acm:*')
    await createUser(ports, admin, { name: 'alice', boundary: 'bound', tags: { team: 'pki' } })
    await createGroup(ports, admin, { name: 'ops' })
    await addGroupMember(ports, admin, { group: 'ops', user: 'alice' })
    await attach('IssuerAccess', 'user', 'alice')
    expect(await describeUser(ports, admin, 'alice')).toMatchObject({
      user: { name: 'alice', tags: { team: 'pki' } },
      groups: ['ops'],
      policies: [{ name: 'IssuerAccess', arn: 'arn:aws:iam::aws:policy/IssuerAccess' }],
      boundary: { name: 'bound', arn: `arn:aws:iam::${admin.account}:policy/bound` },
    })
    const after = await updateUser(ports, admin, 'alice', { boundary: null, tags: {} })
    expect(after).toMatchObject({ user: { tags: {} }, boundary: undefined })
    await deleteUser(ports, admin, 'alice')
    await expectRefusal(describeUser(ports, admin, 'alice'), 'not_found')
    const names = rowsOf<{ name: string }>(given.database, 'SELECT name FROM AuditEvent ORDER BY id')
    expect(names.map((row) => row.name).slice(1)).toEqual([
      'CreatePolicy',
      'CreateUser',
      'CreateGroup',
      'AddUserToGroup',
      'AttachUserPolicy',
      'UpdateUser',
      'DeleteUser',
    ])
  })

  test('has a name of IAM’s letters, which nobody else has, and tags as IAM takes them', async () => {
    const { ports } = given
    await createUser(ports, admin, { name: 'alice' })
    await expectRefusal(createUser(ports, admin, { name: 'alice' }), 'already_exists')
    await expectRefusal(createUser(ports, admin, { name: 'a/b' }), 'request_invalid', ['name name'])
    await expectRefusal(createUser(ports, admin, { name: 'b', tags: { 'aws:x': '1' } }), 'request_invalid', [
      'tags.aws:x tag',
    ])
    await expectRefusal(
      createUser(ports, admin, { name: 'b', tags: { a: '1', A: '2' } }),
      'request_invalid',
      ['tags tag'],
    )
    await expectRefusal(createUser(ports, admin, { name: 'b', boundary: 'none' }), 'not_found')
  })

  test('of another account is unknown, and so are its policies', async () => {
    const { ports } = given
    const other = await createAccount(ports, admin, { name: 'other' })
    const theirs = aPrincipal({ account: other.id, role: 'administrator' })
    await createUser(ports, theirs, { name: 'bob' })
    const policy = await createPolicy(ports, theirs, { name: 'theirs', document: allowing('acm:*') })
    const theirArn = arns.policy(other.id, policy.policy.name)
    for (const work of [
      () => describeUser(ports, admin, 'bob'),
      () => updateUser(ports, admin, 'bob', { tags: {} }),
      () => deleteUser(ports, admin, 'bob'),
      () => createAccessKey(ports, admin, 'bob'),
      () => attach('IssuerAccess', 'user', 'bob'),
    ])
      expect((await expectRefusal(work, 'not_found')).message).toBe('There is no such user')
    await createUser(ports, admin, { name: 'alice' })
    for (const reference of ['theirs', theirArn])
      expect((await expectRefusal(() => attach(reference, 'user', 'alice'), 'not_found')).message).toBe(
        'There is no such policy',
      )
    await expectRefusal(async () => describePolicy(ports, admin, theirArn), 'not_found')
  })
})

describe('policies', () => {
  test('that can’t be understood are refused when they are written, with the position', async () => {
    const { ports } = given
    const document = '{\n  "Version": "2012-10-17",\n  "Statement": [{ "Effect": "Perhaps" }]\n}'
    const error = await expectRefusal(createPolicy(ports, admin, { name: 'p', document }), 'request_invalid')
    expect(error.violations[0]).toMatchObject({ field: 'document.Statement[0].Effect' })
    expect(error.violations[0]?.message).toContain('line 3')
    await aPolicy(given, 'p', 'acm:*')
    await expectRefusal(createPolicyVersion(ports, admin, 'p', { document }), 'request_invalid')
    await expectRefusal(createRole(ports, admin, { name: 'r', trust: allowing('acm:*') }), 'request_invalid')
  })

  test('a new version counts at once for all who have it; a former one can count again', async () => {
    const { ports } = given
    await aPolicy(given, 'p', 'acm:*')
    const alice = await aUser(given, 'alice', ['p'])
    const may = (who: Principal) =>
      expect(() => authorize(who, 'acm:RequestCertificate', arns.allManaged(who)))
    may(alice).not.toThrow()
    await createPolicyVersion(ports, admin, 'p', { document: allowing('acm:Describe*') })
    may(await again('alice')).toThrow()
    await setDefaultPolicyVersion(ports, admin, 'p', 1)
    may(await again('alice')).not.toThrow()
    await expectRefusal(deletePolicyVersion(ports, admin, 'p', 1), 'resource_in_use')
    await deletePolicyVersion(ports, admin, 'p', 2)
    await expectRefusal(setDefaultPolicyVersion(ports, admin, 'p', 2), 'not_found')
    await expectRefusal(deletePolicy(ports, admin, 'p'), 'resource_in_use')
    await detach('p', 'user', 'alice')
    await deletePolicy(ports, admin, 'p')
  })

  test('built-in ones are there for everybody, and for nobody to change', async () => {
    const { ports } = given
    expect(await describePolicy(ports, admin, 'AdministratorAccess')).toMatchObject({ kind: 'built-in' })
    await expectRefusal(
      createPolicyVersion(ports, admin, 'IssuerAccess', { document: allowing('*') }),
      'not_found',
    )
    await expectRefusal(
      createPolicy(ports, admin, { name: 'IssuerAccess', document: allowing('*') }),
      'already_exists',
    )
  })
})

describe('nobody changes what its own rights come from', () => {
  test('a user: neither its policies, nor its groups, nor itself', async () => {
    const { ports } = given
    await aPolicy(given, 'mine', 'iam:*')
    await aPolicy(given, 'other', 'acm:*')
    const alice = await aUser(given, 'alice', ['mine'])
    await createGroup(ports, admin, { name: 'ops' })
    await createGroup(ports, admin, { name: 'bosses' })
    await addGroupMember(ports, admin, { group: 'ops', user: 'alice' })
    await attach('other', 'group', 'ops')
    for (const work of [
      () => attach('AdministratorAccess', 'user', 'alice', alice),
      () => detach('mine', 'user', 'alice', alice),
      () => attach('AdministratorAccess', 'group', 'ops', alice),
      () => addGroupMember(ports, alice, { group: 'bosses', user: 'alice' }),
      () => removeGroupMember(ports, alice, { group: 'ops', user: 'alice' }),
      () => deleteGroup(ports, alice, 'ops'),
      () => updateUser(ports, alice, 'alice', { tags: { team: 'boss' } }),
      () => deleteUser(ports, alice, 'alice'),
      () => createPolicyVersion(ports, alice, 'mine', { document: allowing('*') }),
      () => createPolicyVersion(ports, alice, 'other', { document: allowing('*') }),
      () => setDefaultPolicyVersion(ports, alice, 'mine', 1),
    ])
      expect((await expectRefusal(work, 'forbidden')).message).toMatch(/^Nobody changes/)
    await createUser(ports, alice, { name: 'bob' })
    await attach('other', 'user', 'bob', alice)
  })

  test('whoever acts in a role: neither the role, nor its policies', async () => {
    const { ports } = given
    await aPolicy(given, 'mine', 'iam:*')
    await aRole(given, 'deploy')
    await attach('mine', 'role', 'deploy')
    const inRole = await rolePrincipal(ports, arns.role(admin.account, 'deploy'), 'build-7', CALL)
    for (const work of [
      () => attach('AdministratorAccess', 'role', 'deploy', inRole),
      () => detach('mine', 'role', 'deploy', inRole),
      () => updateRole(ports, inRole, 'deploy', { trust: trusting('*') }),
      () => updateRole(ports, inRole, 'deploy', { maxSessionSeconds: 43_200 }),
      () => deleteRole(ports, inRole, 'deploy'),
      () => createPolicyVersion(ports, inRole, 'mine', { document: allowing('*') }),
    ])
      expect((await expectRefusal(work, 'forbidden')).message).toMatch(/^Nobody changes/)
  })
})

describe('a permission boundary', () => {
  let alice: Principal
  beforeEach(async () => {
    await aPolicy(given, 'bound', 'iam:*', 'acm:Describe*', 'chancery:CreateToken')
    await aPolicy(given, 'wider', '*')
    alice = await aUser(given, 'alice', ['AdministratorAccess'], 'bound')
  })

  test('limits what its bearer hands out: only to whom it binds too', async () => {
    const { ports } = given
    await aUser(given, 'free')
    await aRole(given, 'free')
    await createGroup(ports, admin, { name: 'ops' })
    await aPolicy(given, 'unused', 'acm:*')
    const token = (request: object) => createToken(ports, alice, { name: 't', ...request })
    for (const work of [
      () => createUser(ports, alice, { name: 'bob' }),
      () => createUser(ports, alice, { name: 'bob', boundary: 'wider' }),
      () => createRole(ports, alice, { name: 'r', trust: trusting(admin.account) }),
      () => attach('AdministratorAccess', 'user', 'free', alice),
      () => detach('AdministratorAccess', 'user', 'free', alice),
      () => attach('AdministratorAccess', 'role', 'free', alice),
      () => attach('AdministratorAccess', 'group', 'ops', alice),
      () => addGroupMember(ports, alice, { group: 'ops', user: 'free' }),
      () => createAccessKey(ports, alice, 'free'),
      () => updateUser(ports, alice, 'free', { boundary: 'bound' }),
      () => updateUser(ports, alice, 'free', { tags: { a: 'b' } }),
      () => updateRole(ports, alice, 'free', { trust: trusting('*') }),
      () => deleteUser(ports, alice, 'free'),
      () => createPolicyVersion(ports, alice, 'unused', { document: allowing('*') }),
      () => token({ role: 'administrator' }),
      () => token({ user: 'free' }),
      () => token({ assumes: { role: 'free', session: 'xx' } }),
      () => passRoles(ports, alice, [arns.role(admin.account, 'free')]),
      () => passRoles(ports, alice, [arns.role(admin.account, 'gone')]),
    ])
      expect((await expectRefusal(work, 'forbidden')).message).toMatch(/^Whoever has a permission boundary/)
  })

  test('lets its bearer make others whom it binds as well, with any policy', async () => {
    const { ports } = given
    await createUser(ports, alice, { name: 'bob', boundary: 'bound' })
    await attach('AdministratorAccess', 'user', 'bob', alice)
    await createAccessKey(ports, alice, 'bob')
    await createRole(ports, alice, { name: 'r', trust: trusting(admin.account), boundary: 'bound' })
    await updateRole(ports, alice, 'r', { description: 'bound' })
    await passRoles(ports, alice, [arns.role(admin.account, 'r')])
    await createToken(ports, alice, { name: 't', user: 'bob' })
    const bob = await again('bob')
    expect(() => authorize(bob, 'acm:RequestCertificate', arns.allManaged(bob))).toThrow()
    await expectRefusal(updateUser(ports, alice, 'bob', { boundary: null }), 'forbidden')
  })

  test('can be demanded by a policy of whoever makes users (iam:PermissionsBoundary)', async () => {
    const { ports } = given
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'iam:CreateUser',
          Resource: '*',
          Condition: {
            ArnEquals: { 'iam:PermissionsBoundary': `arn:aws:iam::${admin.account}:policy/bound` },
          },
        },
      ],
    })
    await createPolicy(ports, admin, { name: 'makers', document })
    const maker = await aUser(given, 'maker', ['makers'])
    await expectRefusal(createUser(ports, maker, { name: 'bob' }), 'forbidden')
    await expectRefusal(createUser(ports, maker, { name: 'bob', boundary: 'wider' }), 'forbidden')
    await createUser(ports, maker, { name: 'bob', boundary: 'bound' })
  })
})

describe('a scope', () => {
  test('limits a token to what both allow, and hands out no rights', async () => {
    const { ports } = given
    const { secret, token } = await createToken(ports, admin, {
      name: 'ci',
      role: 'administrator',
      scope: allowing('iam:*', 'chancery:*Token', 'acm:Describe*'),
    })
    const scoped = await authenticateToken(ports, secret, CALL)
    authorize(scoped, 'acm:DescribeCertificate', arns.allManaged(scoped))
    expect(() => authorize(scoped, 'acm:RequestCertificate', arns.allManaged(scoped))).toThrow()
    await aUser(given, 'bob')
    for (const work of [
      () => createUser(ports, scoped, { name: 'x' }),
      () => createAccessKey(ports, scoped, 'bob'),
      () => attach('AdministratorAccess', 'user', 'bob', scoped),
      () => createToken(ports, scoped, { name: 'free', user: 'bob' }),
    ])
      expect((await expectRefusal(work, 'forbidden')).message).toMatch(/^Whoever is limited by a scope/)
    const rotated = await rotateToken(ports, scoped, { id: token.id })
    expect(rotated.token.scope).toBe(token.scope)
  })

  test('that can’t be understood is refused', async () => {
    const making = createToken(given.ports, admin, { name: 'x', role: 'issuer', scope: '{}' })
    await expectRefusal(making, 'request_invalid')
  })
})

describe('a token', () => {
  test('is worth what it stands for: making one needs the right to hand that on', async () => {
    const { ports } = given
    await aPolicy(given, 'tokens', 'chancery:CreateToken')
    const clerk = await aUser(given, 'clerk', ['tokens'])
    await aUser(given, 'bob', ['AdministratorAccess'])
    await aRole(given, 'deploy')
    for (const request of [
      { role: 'administrator' },
      { role: 'issuer' },
      { user: 'bob' },
      { assumes: { role: 'deploy', session: 'xx' } },
    ] as const)
      await expectRefusal(createToken(ports, clerk, { name: 't', ...request }), 'forbidden')
    await createPolicy(ports, admin, {
      name: 'hand-on',
      document: JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: `arn:aws:chancery::${admin.account}:role/issuer`,
        },
      }),
    })
    await attach('hand-on', 'user', 'clerk')
    const now = await again('clerk')
    await createToken(ports, now, { name: 't', role: 'issuer' })
    await expectRefusal(createToken(ports, now, { name: 't', role: 'administrator' }), 'forbidden')
  })

  test('acts as a user, or in a role, with what these may at the moment', async () => {
    const { ports } = given
    await aUser(given, 'bob', ['IssuerAccess'])
    await aRole(given, 'deploy')
    const ofBob = await createToken(ports, admin, { name: 't', user: 'bob' })
    const ofRole = await createToken(ports, admin, { name: 't', assumes: { role: 'deploy', session: 'n7' } })
    const bob = await authenticateToken(ports, ofBob.secret, CALL)
    expect(bob).toMatchObject({ id: 'user/bob', kind: 'user', credential: `token/${ofBob.token.id}` })
    authorize(bob, 'acm:RequestCertificate', arns.allManaged(bob))
    await detach('IssuerAccess', 'user', 'bob')
    const after = await authenticateToken(ports, ofBob.secret, CALL)
    expect(() => authorize(after, 'acm:RequestCertificate', arns.allManaged(bob))).toThrow()
    expect(await authenticateToken(ports, ofRole.secret, CALL)).toMatchObject({ id: 'role/deploy/n7' })
    await deleteRole(ports, admin, 'deploy')
    await expectRefusal(authenticateToken(ports, ofRole.secret, CALL), 'unauthenticated')
  })

  test('that is rotated works by both secrets for a while, then by the new one only', async () => {
    const { ports } = given
    const { token, secret } = await createToken(ports, admin, { name: 't', role: 'issuer' })
    const rotated = await rotateToken(ports, admin, { id: token.id, graceSeconds: 60 })
    await authenticateToken(ports, secret, CALL)
    await authenticateToken(ports, rotated.secret, CALL)
    given.clock.advance(MINUTE)
    await expectRefusal(authenticateToken(ports, secret, CALL), 'unauthenticated')
    await authenticateToken(ports, rotated.secret, CALL)
    await revokeToken(ports, admin, { id: token.id })
    await expectRefusal(authenticateToken(ports, rotated.secret, CALL), 'unauthenticated')
    await expectRefusal(rotateToken(ports, admin, { id: token.id }), 'not_found')
  })

  test('rotates itself, but not beyond its end, and nobody else’s', async () => {
    const { ports } = given
    await aPolicy(given, 'rotate', 'chancery:RotateToken')
    await aUser(given, 'bob', ['rotate'])
    const expiresAt = given.clock.now() + 10 * MINUTE
    const own = await createToken(ports, admin, { name: 't', user: 'bob', expiresAt })
    const others = await createToken(ports, admin, { name: 't', role: 'administrator' })
    const bob = await authenticateToken(ports, own.secret, CALL)
    const later = { id: own.token.id, expiresAt: expiresAt + 1 }
    await expectRefusal(rotateToken(ports, bob, later), 'forbidden')
    await expectRefusal(rotateToken(ports, bob, { id: others.token.id }), 'forbidden')
    const rotated = await rotateToken(ports, bob, { id: own.token.id, expiresAt: expiresAt - MINUTE })
    expect(rotated.token.expiresAt).toBe(expiresAt - MINUTE)
    await expectRefusal(
      rotateToken(ports, bob, { id: own.token.id, graceSeconds: 604_801 }),
      'request_invalid',
      ['graceSeconds value'],
    )
  })
})

describe('the last administrator', () => {
  test('of an account can’t be taken away, whichever way', async () => {
    const { ports } = given
    const other = await createAccount(ports, admin, { name: 'other' })
    const { token, secret } = await createToken(ports, admin, {
      account: other.id,
      name: 'boot',
      role: 'administrator',
    })
    const boss = await authenticateToken(ports, secret, CALL)
    const last = () => revokeToken(ports, boss, { id: token.id })
    await expectRefusal(last, 'state_conflict')
    const at = { ports, admin: boss }
    await aUser(at, 'alice')
    await createGroup(ports, boss, { name: 'bosses' })
    await addGroupMember(ports, boss, { group: 'bosses', user: 'alice' })
    await attach('AdministratorAccess', 'group', 'bosses', boss)
    await expectRefusal(last, 'state_conflict')
    const { key } = await createAccessKey(ports, boss, 'alice')
    await last()
    // The token is revoked; what was authenticated by it before still acts in this test.
    const ofAlice = { user: 'alice', id: key.id }
    await aPolicy(at, 'bound', '*')
    for (const work of [
      () => updateAccessKey(ports, boss, ofAlice, 'INACTIVE'),
      () => deleteAccessKey(ports, boss, ofAlice),
      () => deleteUser(ports, boss, 'alice'),
      () => deleteGroup(ports, boss, 'bosses'),
      () => removeGroupMember(ports, boss, { group: 'bosses', user: 'alice' }),
      () => detach('AdministratorAccess', 'group', 'bosses', boss),
      () => updateUser(ports, boss, 'alice', { boundary: 'bound' }),
    ])
      await expectRefusal(work, 'state_conflict')
    await aUser(at, 'bob', ['AdministratorAccess'])
    await createAccessKey(ports, boss, 'bob')
    await deleteUser(ports, boss, 'alice')
  })

  test('of another account can be, by whoever administers the installation', async () => {
    const { ports } = given
    const account = (await createAccount(ports, admin, { name: 'other' })).id
    const { token } = await createToken(ports, admin, { account, name: 'x', role: 'administrator' })
    await revokeToken(ports, admin, { id: token.id, account })
  })

  test('of the installation can’t be taken away', async () => {
    const { ports } = given
    const make = () => createToken(ports, admin, { name: 'x', role: 'administrator', installation: true })
    const first = (await make()).token
    await createToken(ports, admin, { name: 'x', role: 'administrator' })
    await expectRefusal(revokeToken(ports, admin, { id: first.id }), 'state_conflict')
    await make()
    await revokeToken(ports, admin, { id: first.id })
  })

  test('two that go at the same time: one of them stays', async () => {
    const { ports } = given
    const account = (await createAccount(ports, admin, { name: 'other' })).id
    const made = [1, 2].map(() => createToken(ports, admin, { account, name: 'x', role: 'administrator' }))
    const tokens = await Promise.all(made)
    const boss = await authenticateToken(ports, tokens[0]?.secret ?? '', CALL)
    const ends = await Promise.allSettled(
      tokens.map(({ token }) => revokeToken(ports, boss, { id: token.id })),
    )
    expect(ends.map((end) => end.status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('access keys', () => {
  test('show their secret once, are sealed at rest, and end at once', async () => {
    const { ports } = given
    await aUser(given, 'alice')
    const { key, secret } = await createAccessKey(ports, admin, 'alice')
    expect(key.id).toMatch(/^AKIA[A-Z2-7]{16}$/)
    expect(secret).toMatch(/^[A-Za-z0-9+/]{40}$/)
    const listed = await listAccessKeys(ports, admin, 'alice')
    expect(JSON.stringify(listed)).not.toContain(secret)
    const records = rowsOf<{ record: string }>(given.database, 'SELECT record FROM AuditEvent')
    expect(JSON.stringify(records)).not.toContain(secret)
    const stored = await ports.store.reads.accessKeys.get(key.id)
    expect(Buffer.from(stored?.sealedSecret.sealed ?? []).includes(secret)).toBe(false)
    await createAccessKey(ports, admin, 'alice')
    await expectRefusal(createAccessKey(ports, admin, 'alice'), 'limit_exceeded')
    await updateAccessKey(ports, admin, { user: 'alice', id: key.id }, 'INACTIVE')
    expect((await ports.store.reads.accessKeys.get(key.id))?.status).toBe('INACTIVE')
    await deleteAccessKey(ports, admin, { user: 'alice', id: key.id })
    await expectRefusal(deleteAccessKey(ports, admin, { user: 'alice', id: key.id }), 'not_found')
  })

  test('a user may have the right to its own only (${aws:username})', async () => {
    const { ports } = given
    const resource = `arn:aws:iam::${admin.account}:user/\${aws:username}`
    const document = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: 'iam:*AccessKey*', Resource: resource },
    })
    await createPolicy(ports, admin, { name: 'own-keys', document })
    const alice = await aUser(given, 'alice', ['own-keys'])
    await aUser(given, 'bob')
    await createAccessKey(ports, alice, 'alice')
    await expectRefusal(createAccessKey(ports, alice, 'bob'), 'forbidden')
    await expectRefusal(createAccessKey(ports, alice, 'nobody'), 'forbidden')
  })
})
