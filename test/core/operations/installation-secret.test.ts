import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { openStore } from '../../../src/adapters/prisma/store.ts'
import type { AccountId } from '../../../src/core/domain/ids.ts'
import { describeInstallation } from '../../../src/core/operations/installation/describe-installation.ts'
import { initializeInstallation } from '../../../src/core/operations/installation/initialize.ts'
import { installationSecret } from '../../../src/core/operations/installation/installation-secret.ts'
import { httpValidation } from '../../../src/core/operations/validation/http-validation.ts'
import { validationRecord } from '../../../src/core/operations/validation/validation-record.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { auditTrail } from './database.ts'

/** Another server on the same database. */
async function anotherServer({ ports, database }: TestPorts, name: string) {
  const store = await openStore({ file: database, serverId: name, clock: ports.clock, throwaway: true })
  return { ...ports, store, random: seededRandom(name), [Symbol.asyncDispose]: () => store.close() }
}

/** As a database was before there was a secret. */
function withoutSecret({ database }: TestPorts): void {
  const db = new Database(database)
  expect(db.prepare(`DELETE FROM Setting WHERE name = 'installation.secret'`).run().changes).toBe(1)
  db.close()
}

const proofsFor = (secret: Uint8Array, account: AccountId, domain: string) => ({
  record: validationRecord(secret, account, domain),
  http: httpValidation('http://pki.example.com', secret, account, domain),
})

test('is 256 bits, made at first start and the same ever after: on later starts, for every server', async () => {
  await using given = await testPorts({ authorities: false })
  const secret = await installationSecret(given.ports)
  expect(secret).toHaveLength(32)
  await initializeInstallation(given.ports, 'normal')
  expect(await installationSecret(given.ports)).toEqual(secret)
  await using other = await anotherServer(given, 'other')
  expect(await installationSecret(other)).toEqual(secret)
})

test('a database from before gets one on demand, and of servers that race for it one decides', async () => {
  await using given = await testPorts({ authorities: false })
  const before = await installationSecret(given.ports)
  withoutSecret(given)
  await using one = await anotherServer(given, 'one')
  await using two = await anotherServer(given, 'two')
  const drawn = await Promise.all([one, two, one, two].map((ports) => installationSecret(ports)))
  const [made = before] = drawn
  expect(made).not.toEqual(before)
  expect(drawn).toEqual([made, made, made, made])
  expect(await installationSecret(given.ports)).toEqual(made)
})

test('the same account and domain get the same proofs after a restart, and any other, or another secret, others', async () => {
  await using given = await testPorts({ authorities: false })
  const { account } = given.installation
  const before = proofsFor(await installationSecret(given.ports), account, 'example.com')
  await using restarted = await anotherServer(given, 'restarted')
  const secret = await installationSecret(restarted)
  expect(proofsFor(secret, account, 'example.com')).toEqual(before)
  for (const { record, http } of [
    proofsFor(secret, '123456789012' as AccountId, 'example.com'),
    proofsFor(secret, account, 'www.example.com'),
    proofsFor(new Uint8Array(32), account, 'example.com'),
  ]) {
    expect(record.name.split('.')[0]).not.toBe(before.record.name.split('.')[0])
    expect(record.value).not.toBe(before.record.value)
    expect(http.content).not.toBe(before.http.content)
  }
})

test('is in no log, no answer and no audit event', async () => {
  await using given = await testPorts()
  const secret = Buffer.from(await installationSecret(given.ports))
  const said = JSON.stringify([
    given.log,
    given.installation,
    await describeInstallation(given.ports, given.admin),
    auditTrail(given.database),
    proofsFor(secret, given.installation.account, 'example.com'),
  ])
  expect(said).toContain('InitializeInstallation')
  for (const encoding of ['hex', 'base64', 'base64url'] as const)
    expect(said).not.toContain(secret.toString(encoding).slice(0, 42))
})
