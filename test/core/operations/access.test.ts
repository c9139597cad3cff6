import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AccountId, Region, TokenId } from '../../../src/core/domain/ids.ts'
import { ADMINISTRATOR_ACCESS, ISSUER_ACCESS } from '../../../src/core/domain/policies/built-in.ts'
import { SYSTEM_ACCOUNT } from '../../../src/core/domain/ids.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { createAccount, listAccounts } from '../../../src/core/operations/access/accounts.ts'
import { authenticateToken } from '../../../src/core/operations/access/authenticate-token.ts'
import {
  createToken,
  listTokens,
  newTokenSecret,
  revokeToken,
} from '../../../src/core/operations/access/tokens.ts'
import {
  ensureAdministrator,
  initializeInstallation,
} from '../../../src/core/operations/installation/initialize.ts'
import { listenerCertificate } from '../../../src/core/operations/installation/listener-certificate.ts'
import type { Principal } from '../../../src/core/domain/access.ts'
import type { Ports } from '../../../src/core/ports/ports.ts'
import { rowsOf } from './database.ts'
import { aPrincipal, secondServer, TEST_NOW, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

const TENANT = '111122223333' as AccountId
let given: TestPorts
let tenant: Principal
beforeAll(async () => {
  given = await testPorts()
  await createAccount(given.ports, given.admin, { id: TENANT, name: 'tenant' })
  tenant = aPrincipal({ account: TENANT, role: 'administrator' })
})
afterAll(() => given[Symbol.asyncDispose]())

const page = { limit: 1000, after: undefined }
const call = (bearer: string, ports: Ports = given.ports, region = 'us-east-1') =>
  authenticateToken(ports, bearer, {
    region: region as Region,
    requestId: 'r',
    sourceAddress: '192.0.2.1',
    userAgent: undefined,
    listener: 'api',
    secure: true,
  })

describe('tokens', () => {
  test('say who calls, in which account and region, with which role', async () => {
    const { token, secret } = await createToken(given.ports, tenant, { name: 'ci', role: 'issuer' })
    expect(secret).toMatch(/^chy_[A-Za-z0-9_-]{43}$/)
    expect(await call(secret, given.ports, 'eu-central-1')).toMatchObject({
      id: `token/${token.id}`,
      account: TENANT,
      region: 'eu-central-1',
      grants: { identity: [ISSUER_ACCESS] },
      installation: false,
    })
  })

  test('that nobody made are told nothing more than those that ended', async () => {
    const messages = new Set<string>()
    const { token, secret } = await createToken(given.ports, tenant, {
      name: 'x',
      role: 'issuer',
      expiresAt: given.clock.now() + DAY,
    })
    await call(secret)
    given.clock.advance(DAY)
    messages.add((await expectRefusal(call(secret), 'unauthenticated')).message)
    given.clock.advance(-DAY)
    await revokeToken(given.ports, tenant, { id: token.id })
    messages.add((await expectRefusal(call(secret), 'unauthenticated')).message)
    for (const unknown of ['', 'x', newTokenSecret(given.ports)])
      messages.add((await expectRefusal(call(unknown), 'unauthenticated')).message)
    expect(messages.size).toBe(1)
  })

  test('expire by the system clock, not by the calendar', async () => {
    const { secret } = await createToken(given.ports, tenant, {
      name: 'x',
      role: 'issuer',
      expiresAt: given.clock.now() + DAY,
    })
    given.calendar.advance(400 * DAY)
    expect((await call(secret)).account).toBe(TENANT)
    given.calendar.advance(-400 * DAY)
  })

  test('end at once in every process', async () => {
    const other = await secondServer(given)
    const { token, secret } = await createToken(given.ports, tenant, { name: 'x', role: 'issuer' })
    expect((await call(secret, other.ports)).id).toBe(`token/${token.id}`)
    await revokeToken(given.ports, tenant, { id: token.id })
    await expectRefusal(call(secret, other.ports), 'unauthenticated')
    await expectRefusal(revokeToken(given.ports, tenant, { id: token.id }), 'not_found')
    await other.store.close()
  })

  test.each([
    [{ expiresAt: TEST_NOW }, 'expiresAt value'],
    [{ expiresAt: Number.NaN }, 'expiresAt value'],
    [{ expiresAt: 1e18 }, 'expiresAt value'],
    [{ role: 'root' as 'issuer' }, 'role value'],
    [{ account: '12' }, 'account account'],
  ])('%o is refused', async (more, violation) => {
    const work = createToken(given.ports, given.admin, { name: 'x', role: 'issuer', ...more })
    await expectRefusal(work, 'request_invalid', [violation])
  })

  test('for other accounts, and administrators of the installation, need one', async () => {
    const wanted = { name: 'x', role: 'administrator' } as const
    await expectRefusal(createToken(given.ports, tenant, { ...wanted, installation: true }), 'forbidden')
    await expectRefusal(
      createToken(given.ports, tenant, { ...wanted, account: given.admin.account }),
      'forbidden',
    )
    await expectRefusal(createToken(given.ports, aPrincipal(), { name: 'x', role: 'issuer' }), 'forbidden')
    await expectRefusal(
      createToken(given.ports, given.admin, { name: 'x', role: 'issuer', installation: true }),
      'request_invalid',
    )
    const { token } = await createToken(given.ports, given.admin, { ...wanted, account: TENANT })
    expect(token.account).toBe(TENANT)
    await revokeToken(given.ports, given.admin, { id: token.id, account: TENANT })
    await expectRefusal(
      createToken(given.ports, given.admin, { ...wanted, account: '999999999999' }),
      'not_found',
    )
  })

  test('are stored as hashes only', () => {
    const text = JSON.stringify(rowsOf(given.database, 'SELECT * FROM Token'))
    expect(text).not.toContain('chy_')
  })
})

describe('accounts', () => {
  test('have ids of their own, and the system’s is not to be had', async () => {
    await expectRefusal(
      createAccount(given.ports, given.admin, { id: TENANT, name: 'again' }),
      'already_exists',
    )
    await expectRefusal(
      createAccount(given.ports, given.admin, { id: 'abc', name: 'x' }),
      'request_invalid',
      ['id account'],
    )
    await expectRefusal(
      createAccount(given.ports, given.admin, { id: SYSTEM_ACCOUNT, name: 'x' }),
      'request_invalid',
      ['id account_reserved'],
    )
    await expectRefusal(createAccount(given.ports, tenant, { name: 'x' }), 'forbidden')
    expect((await createAccount(given.ports, given.admin, { name: 'random' })).id).toMatch(/^[1-9][0-9]{11}$/)
  })

  test('of the system are seen by nobody, though it has authorities and certificates', async () => {
    await listenerCertificate(given.ports, { dns: ['localhost'], ip: ['127.0.0.1'] })
    const { items } = await listAccounts(given.ports, given.admin, page)
    expect(items.map(({ id }) => id)).not.toContain(SYSTEM_ACCOUNT)
    await expectRefusal(
      createToken(given.ports, given.admin, { account: SYSTEM_ACCOUNT, name: 'x', role: 'administrator' }),
      'not_found',
    )
    expect((await listTokens(given.ports, given.admin, { account: SYSTEM_ACCOUNT, page })).items).toEqual([])
  })
})

describe('the installation', () => {
  test('keeps its mode', async () => {
    await expectRefusal(initializeInstallation(given.ports, 'simulation'), 'state_conflict')
    expect(await initializeInstallation(given.ports, 'normal')).toEqual(given.installation)
  })

  test('is made once by two servers that start at the same time', async () => {
    await using fresh = await testPorts({ authorities: false })
    const db = (await import('better-sqlite3')).default
    const writer = new db(fresh.database)
    writer.exec('DELETE FROM Setting; DELETE FROM Account')
    writer.close()
    const other = await secondServer(fresh)
    const [a, b] = await Promise.all([
      initializeInstallation(fresh.ports, 'normal'),
      initializeInstallation(other.ports, 'normal'),
    ])
    expect(a).toEqual(b)
    await other.store.close()
  })

  test('takes its first administrator’s token once, and never one that was revoked', async () => {
    await using fresh = await testPorts()
    const { account } = fresh.installation
    const secret = newTokenSecret(fresh.ports)
    const ensure = () => ensureAdministrator(fresh.ports, account, () => secret)
    expect([await ensure(), await ensure()]).toEqual([true, false])
    const principal = await call(secret, fresh.ports)
    expect(principal).toMatchObject({ grants: { identity: [ADMINISTRATOR_ACCESS] }, installation: true })
    const id = principal.id.slice('token/'.length) as TokenId
    await fresh.ports.store.transact((writes) => [writes.tokens.revoke(account, id, TEST_NOW)])
    await expectRefusal(ensure(), 'state_conflict')
    await expectRefusal(call(secret, fresh.ports), 'unauthenticated')
  })

  test('answers only the regions it is configured for, and only to callers it knows', async () => {
    await using fresh = await testPorts({ settings: { regions: ['us-east-1' as Region] } })
    const { secret } = await createToken(fresh.ports, fresh.admin, { name: 'x', role: 'issuer' })
    await expectRefusal(call(secret, fresh.ports, 'eu-central-1'), 'request_invalid', [
      'Chancery-Region region_unknown',
    ])
    await expectRefusal(call('unknown', fresh.ports, 'eu-central-1'), 'unauthenticated')
  })
})
