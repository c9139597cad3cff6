import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorize } from '../../../../src/core/domain/access.ts'
import type { SealedAccessKey } from '../../../../src/core/domain/access-keys.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import type { AssumableRole, User } from '../../../../src/core/domain/identities.ts'
import type {
  AccessKeyId,
  AccountId,
  OrganizationId,
  PolicyId,
  Region,
  RoleId,
  UserId,
} from '../../../../src/core/domain/ids.ts'
import {
  accessKeyPrincipal,
  rolePrincipal,
  userPrincipal,
} from '../../../../src/core/operations/access/principals.ts'
import { secondServer, TEST_NOW, testPorts, type TestPorts } from '../ports.ts'
import { expectRefusal } from '../refusals.ts'

const ISSUER = 'IssuerAccess' as PolicyId
const CALL = {
  region: 'eu-central-1' as Region,
  requestId: 'r',
  sourceAddress: '192.0.2.1',
  userAgent: 'test',
  listener: 'api',
  secure: true,
}
const allow = (action: string, resource = '*') =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: action, Resource: resource }],
  })

let given: TestPorts
let account: AccountId
let user: User
let role: AssumableRole
beforeEach(async () => {
  given = await testPorts({ authorities: false })
  account = given.installation.account
  const now = given.clock.now()
  user = {
    id: 'AIDAALICE' as UserId,
    account,
    name: 'alice',
    boundary: undefined,
    tags: { Team: 'pki' },
    createdAt: now,
  }
  role = {
    id: 'AROADEPLOY' as RoleId,
    account,
    name: 'deploy',
    description: '',
    trust: '{}',
    maxSessionSeconds: 3600,
    boundary: undefined,
    tags: {},
    createdAt: now,
    updatedAt: now,
  }
  await given.ports.store.transact((writes) => [writes.users.add(user), writes.roles.add(role)])
})
afterEach(() => given[Symbol.asyncDispose]())

const alice = (ports = given.ports) => userPrincipal(ports, account, user.id, CALL)
const place = () => ({ account, region: CALL.region })
const aSession = (more: Partial<SealedAccessKey> = {}): SealedAccessKey => ({
  id: 'ASIAAAAAAAAAAAAAAAAA' as AccessKeyId,
  account,
  holder: {
    kind: 'session',
    role: role.id,
    session: 'build-7',
    policies: [allow('acm:Describe*')],
    facts: { 'aws:principalarn': 'somebody else', 'aws:federatedprovider': 'x' },
    tokenHash: Uint8Array.of(1),
  },
  status: 'ACTIVE',
  createdAt: TEST_NOW,
  expiresAt: TEST_NOW + 1000,
  lastUse: undefined,
  sealedSecret: {} as SealedAccessKey['sealedSecret'],
  ...more,
})

describe('a user', () => {
  test('is named by its ARN, and conditions may ask who it is and how it called', async () => {
    await given.ports.store.transact((writes) => [
      writes.organization.add({
        id: 'o-abc' as OrganizationId,
        managementAccount: account,
        createdAt: TEST_NOW,
      }),
    ])
    expect(await alice()).toMatchObject({
      id: 'user/alice',
      kind: 'user',
      arn: `arn:aws:iam::${account}:user/alice`,
      account,
      region: 'eu-central-1',
      installation: false,
      grants: { identity: [] },
      sourceAddress: '192.0.2.1',
      facts: {
        'aws:username': 'alice',
        'aws:userid': 'AIDAALICE',
        'aws:principaltype': 'User',
        'aws:principalarn': `arn:aws:iam::${account}:user/alice`,
        'aws:principalaccount': account,
        'aws:principalorgid': 'o-abc',
        'aws:principaltag/team': 'pki',
        'aws:sourceip': '192.0.2.1',
      },
    })
  })

  test('may nothing without a policy, and what one that is attached allows on the very next call, on every server', async () => {
    const other = await secondServer(given)
    const asks = async (ports = given.ports) =>
      authorize(await alice(ports), 'acm:RequestCertificate', arns.allManaged(place()))
    await expectRefusal(asks(), 'forbidden')
    await expectRefusal(asks(other.ports), 'forbidden')
    const holder = { kind: 'user' as const, id: user.id }
    await given.ports.store.transact((writes) => [writes.attachments.add(ISSUER, holder, 20)])
    await asks()
    await asks(other.ports)
    await given.ports.store.transact((writes) => [writes.attachments.remove(ISSUER, holder)])
    await expectRefusal(asks(), 'forbidden')
    await expectRefusal(asks(other.ports), 'forbidden')
    await other.store.close()
  })

  test('is bound by its permission boundary whatever its policies allow', async () => {
    const boundary = 'ANPABOUND' as PolicyId
    await given.ports.store.transact((writes) => [
      writes.managedPolicies.add(
        {
          id: boundary,
          account,
          name: 'bound',
          description: '',
          defaultVersion: 1,
          latestVersion: 1,
          createdAt: TEST_NOW,
          updatedAt: TEST_NOW,
        },
        allow('acm:Describe*'),
      ),
      writes.users.update({ ...user, boundary }),
      writes.attachments.add(ISSUER, { kind: 'user', id: user.id }, 20),
    ])
    const principal = await alice()
    authorize(principal, 'acm:DescribeCertificate', arns.allManaged(place()))
    expect(() => authorize(principal, 'acm:RequestCertificate', arns.allManaged(place()))).toThrow(
      /may not acm:RequestCertificate/,
    )
  })

  test('that is gone, or another account’s, is nobody', async () => {
    await expectRefusal(
      userPrincipal(given.ports, '999988887777' as AccountId, user.id, CALL),
      'unauthenticated',
    )
    await alice()
    await given.ports.store.transact((writes) => [writes.users.remove(user.id, TEST_NOW)])
    await expectRefusal(alice(), 'unauthenticated')
  })

  test('with a policy that can’t be read doesn’t act at all', async () => {
    const unknown = 'NoSuchBuiltIn' as PolicyId
    await given.ports.store.transact((writes) => [
      writes.attachments.add(unknown, { kind: 'user', id: user.id }, 20),
    ])
    await expect(alice()).rejects.toThrow('NoSuchBuiltIn')
  })
})

describe('somebody in a role', () => {
  test('is named by role and session; conditions see the role’s own ARN', async () => {
    const arn = arns.role(account, 'deploy')
    const facts = { 'aws:federatedprovider': 'https://ci.example', 'aws:principalaccount': '999988887777' }
    expect(await rolePrincipal(given.ports, arn, 'build-7', CALL, { facts })).toMatchObject({
      id: 'role/deploy/build-7',
      kind: 'role',
      arn: `arn:aws:sts::${account}:assumed-role/deploy/build-7`,
      facts: {
        'aws:principalarn': arn,
        'aws:userid': 'AROADEPLOY:build-7',
        'aws:federatedprovider': 'https://ci.example',
        'aws:principalaccount': account,
      },
    })
  })

  test('needs a role that is there, and a name that fits into an ARN', async () => {
    const arn = arns.role(account, 'deploy')
    for (const [role, session] of [
      [arns.role(account, 'nobody'), 'build-7'],
      [arns.role('999988887777' as AccountId, 'deploy'), 'build-7'],
      [arns.user(account, 'deploy'), 'build-7'],
      [arn, 'a/b'],
      [arn, 'x'],
    ] as const)
      await expectRefusal(rolePrincipal(given.ports, role, session, CALL), 'unauthenticated')
  })

  test('a session’s key gives the role within the session’s policy, under the role’s own name', async () => {
    await given.ports.store.transact((writes) => [
      writes.attachments.add(ISSUER, { kind: 'role', id: role.id }, 20),
    ])
    const principal = await accessKeyPrincipal(given.ports, aSession(), CALL)
    expect(principal).toMatchObject({
      credential: 'access-key/ASIAAAAAAAAAAAAAAAAA',
      facts: { 'aws:principalarn': arns.role(account, 'deploy'), 'aws:federatedprovider': 'x' },
    })
    authorize(principal, 'acm:DescribeCertificate', arns.allManaged(place()))
    expect(() => authorize(principal, 'acm:RequestCertificate', arns.allManaged(place()))).toThrow(
      /may not acm:RequestCertificate/,
    )
  })

  test('a session ends by the clock, and with its role, also when there is a new one of that name', async () => {
    given.clock.advance(1000)
    await expectRefusal(accessKeyPrincipal(given.ports, aSession(), CALL), 'unauthenticated')
    given.clock.advance(-1)
    await accessKeyPrincipal(given.ports, aSession(), CALL)
    await given.ports.store.transact((writes) => [
      writes.roles.remove(role.id, TEST_NOW),
      writes.roles.add({ ...role, id: 'AROANEW' as RoleId }),
    ])
    await expectRefusal(accessKeyPrincipal(given.ports, aSession(), CALL), 'unauthenticated')
  })
})

describe('an access key', () => {
  test('acts as its user while it is active', async () => {
    const key = aSession({
      id: 'AKIAAAAAAAAAAAAAAAAA' as AccessKeyId,
      holder: { kind: 'user', user: user.id },
      expiresAt: undefined,
    })
    expect(await accessKeyPrincipal(given.ports, key, CALL)).toMatchObject({
      id: 'user/alice',
      credential: 'access-key/AKIAAAAAAAAAAAAAAAAA',
    })
    await expectRefusal(
      accessKeyPrincipal(given.ports, { ...key, status: 'INACTIVE' }, CALL),
      'unauthenticated',
    )
  })
})
