import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authorize, type Principal } from '../../../../src/core/domain/access.ts'
import { arns } from '../../../../src/core/domain/arns.ts'
import { HOUR, SECOND } from '../../../../src/core/domain/time.ts'
import { sha256 } from '../../../../src/core/x509/digest.ts'
import { createAccount } from '../../../../src/core/operations/access/accounts.ts'
import { assumeRole } from '../../../../src/core/operations/access/assume-role.ts'
import { attachPolicy } from '../../../../src/core/operations/access/attachments.ts'
import { callerIdentity } from '../../../../src/core/operations/access/caller-identity.ts'
import { forgetEndedSessions } from '../../../../src/core/operations/access/forget-sessions.ts'
import { noteKeyUse, recordKeyUses } from '../../../../src/core/operations/access/key-uses.ts'
import { accessKeyPrincipal, rolePrincipal } from '../../../../src/core/operations/access/principals.ts'
import { createRole, updateRole } from '../../../../src/core/operations/access/roles.ts'
import type { SealedAccessKey } from '../../../../src/core/domain/access-keys.ts'
import type { AccessKeyId } from '../../../../src/core/domain/ids.ts'
import { rowsOf } from '../database.ts'
import { aPrincipal, testPorts, type TestPorts } from '../ports.ts'
import { expectRefusal } from '../refusals.ts'
import { allowing, aRole, aUser, CALL, trusting } from './identities.ts'

let given: TestPorts
let admin: Principal
beforeEach(async () => {
  given = await testPorts({ authorities: false })
  admin = given.admin
})
afterEach(() => given[Symbol.asyncDispose]())

const assume = (who: Principal, role: string, more: object = {}) =>
  assumeRole(given.ports, who, { role, session: 'build-7', ...more })
const keyOf = async (id: AccessKeyId): Promise<SealedAccessKey> => {
  const key = await given.ports.store.reads.accessKeys.get(id)
  if (key === undefined) throw new Error('there is no such key')
  return key
}

describe('taking on a role', () => {
  test('gives credentials for a while, which act with what the role may', async () => {
    const { ports } = given
    await aRole(given, 'deploy')
    await attachPolicy(ports, admin, { policy: 'IssuerAccess', kind: 'role', name: 'deploy' })
    const session = await assume(admin, 'deploy', { seconds: 900 })
    expect(session).toMatchObject({
      arn: `arn:aws:sts::${admin.account}:assumed-role/deploy/build-7`,
      accessKeyId: expect.stringMatching(/^ASIA[A-Z2-7]{16}$/) as string,
      expiresAt: given.clock.now() + 900 * SECOND,
    })
    const key = await keyOf(session.accessKeyId)
    expect(key.holder).toMatchObject({
      kind: 'session',
      tokenHash: Buffer.from(sha256(session.sessionToken)),
    })
    const principal = await accessKeyPrincipal(ports, key, CALL)
    authorize(principal, 'acm:RequestCertificate', arns.allManaged(principal))
    expect(callerIdentity(principal)).toEqual({
      account: admin.account,
      arn: session.arn,
      userId: session.userId,
      credential: `access-key/${session.accessKeyId}`,
    })
  })

  test('shows nothing secret but in its answer', async () => {
    await aRole(given, 'deploy')
    const { secret, sessionToken, accessKeyId } = await assume(admin, 'deploy')
    const records = JSON.stringify(rowsOf(given.database, 'SELECT record FROM AuditEvent'))
    expect(records).toContain(accessKeyId)
    for (const each of [secret, sessionToken]) expect(records).not.toContain(each)
  })

  test('needs both: the caller’s right and the role’s trust; an unknown role says the same', async () => {
    const { ports } = given
    await aRole(given, 'open')
    await createRole(ports, admin, {
      name: 'closed',
      trust: trusting(`arn:aws:iam::${admin.account}:user/alice`),
    })
    const mallory = await aUser(given, 'mallory')
    const messages = new Set<string>()
    const refused = async (who: Principal, role: string) =>
      messages.add((await expectRefusal(assume(who, role), 'forbidden')).message)
    await refused(mallory, 'open')
    await attachPolicy(ports, admin, { policy: 'AdministratorAccess', kind: 'user', name: 'mallory' })
    const now = await aUser(given, 'bob', ['AdministratorAccess'])
    expect(await assume(now, 'open')).toBeDefined()
    const alice = await aUser(given, 'alice', ['AdministratorAccess'])
    expect(await assume(alice, 'closed')).toBeDefined()
    messages.clear()
    for (const role of ['closed', 'nothing', arns.role('999988887777' as typeof admin.account, 'deploy')])
      await refused(now, role)
    expect(messages.size).toBe(1)
  })

  test('of another account: only when it trusts the account, and with its external id (confused deputy)', async () => {
    const { ports } = given
    const other = await createAccount(ports, admin, { name: 'other' })
    const theirs = aPrincipal({ account: other.id, role: 'administrator' })
    await createRole(ports, theirs, {
      name: 'partner',
      trust: trusting(admin.account, { StringEquals: { 'sts:ExternalId': 'customer-17' } }),
    })
    const arn = arns.role(other.id, 'partner')
    await expectRefusal(assume(admin, arn), 'forbidden')
    await expectRefusal(assume(admin, arn, { externalId: 'customer-18' }), 'forbidden')
    const session = await assume(admin, arn, { externalId: 'customer-17' })
    expect(session.arn).toBe(arns.session(other.id, 'partner', 'build-7'))
    expect((await accessKeyPrincipal(ports, await keyOf(session.accessKeyId), CALL)).account).toBe(other.id)
    const events = rowsOf<{ accountId: string }>(
      given.database,
      "SELECT accountId FROM AuditEvent WHERE name = 'AssumeRole' ORDER BY accountId",
    )
    expect(events.map((row) => row.accountId)).toEqual([admin.account, other.id].sort())
    const third = aPrincipal({ account: (await createAccount(ports, admin, { name: 'third' })).id })
    await expectRefusal(
      assume({ ...third, grants: admin.grants }, arn, { externalId: 'customer-17' }),
      'forbidden',
    )
  })

  test('a trust that no longer holds is about sessions to come', async () => {
    const { ports } = given
    await aRole(given, 'deploy')
    const { accessKeyId } = await assume(admin, 'deploy')
    await updateRole(ports, admin, 'deploy', { trust: trusting(`arn:aws:iam::${admin.account}:user/x`) })
    await expectRefusal(assume(admin, 'deploy'), 'forbidden')
    await accessKeyPrincipal(ports, await keyOf(accessKeyId), CALL)
  })

  test('lasts as long as the role lets it; from within a role an hour at most', async () => {
    await aRole(given, 'long', { maxSessionSeconds: 7200 })
    for (const seconds of [899, 7201, 1.5, Number.NaN])
      await expectRefusal(assume(admin, 'long', { seconds }), 'request_invalid', ['seconds range'])
    expect((await assume(admin, 'long', { seconds: 7200 })).expiresAt).toBe(given.clock.now() + 2 * HOUR)
    await attachPolicy(given.ports, admin, { policy: 'AdministratorAccess', kind: 'role', name: 'long' })
    const inRole = await rolePrincipal(given.ports, arns.role(admin.account, 'long'), 'build-7', CALL)
    await expectRefusal(assume(inRole, 'long', { seconds: 7200 }), 'request_invalid', ['seconds range'])
    await assume(inRole, 'long', { seconds: 3600 })
  })

  test('within policies of the session, which are understood or refused', async () => {
    const { ports } = given
    await aRole(given, 'deploy')
    await attachPolicy(ports, admin, { policy: 'AdministratorAccess', kind: 'role', name: 'deploy' })
    const broken = assume(admin, 'deploy', { policies: [allowing('acm:*'), '{'] })
    const error = await expectRefusal(broken, 'request_invalid')
    expect(error.violations[0]?.field).toBe('policies[1]')
    const { accessKeyId } = await assume(admin, 'deploy', { policies: [allowing('acm:Describe*')] })
    const limited = await accessKeyPrincipal(ports, await keyOf(accessKeyId), CALL)
    authorize(limited, 'acm:DescribeCertificate', arns.allManaged(limited))
    expect(() => authorize(limited, 'acm:RequestCertificate', arns.allManaged(limited))).toThrow()
  })

  test('bad input is named', async () => {
    await expectRefusal(
      assumeRole(given.ports, admin, { role: 'x', session: 'a b', externalId: '*' }),
      'request_invalid',
      ['session value', 'externalId value'],
    )
    await expectRefusal(assume(admin, 'arn:aws:iam::1:role/x'), 'request_invalid', ['role arn'])
  })
})

describe('sessions that have ended', () => {
  test('are forgotten with their secrets, an hour later', async () => {
    await aRole(given, 'deploy')
    const { accessKeyId } = await assume(admin, 'deploy', { seconds: 900 })
    const { sealedSecret } = await keyOf(accessKeyId)
    given.clock.advance(900 * SECOND + HOUR - 1)
    await forgetEndedSessions(given.ports)
    await keyOf(accessKeyId)
    given.clock.advance(1)
    await forgetEndedSessions(given.ports)
    expect(await given.ports.store.reads.accessKeys.get(accessKeyId)).toBeUndefined()
    expect(await given.ports.store.reads.keys.get(sealedSecret.id)).toBeUndefined()
  })
})

describe('the last use of a key', () => {
  test('is noted without a write, and recorded by the job', async () => {
    await aRole(given, 'deploy')
    const { accessKeyId } = await assume(admin, 'deploy')
    const use = { at: given.clock.now(), service: 'acm', region: 'us-east-1' }
    noteKeyUse(given.ports, accessKeyId, { ...use, at: 1 })
    noteKeyUse(given.ports, accessKeyId, use)
    expect((await keyOf(accessKeyId)).lastUse).toBeUndefined()
    expect(await recordKeyUses(given.ports)).toEqual({ recorded: 1 })
    expect((await keyOf(accessKeyId)).lastUse).toEqual(use)
    expect(await recordKeyUses(given.ports)).toEqual({ recorded: 0 })
  })
})
