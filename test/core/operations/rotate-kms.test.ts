import Database from 'better-sqlite3'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createLocalKeyFile } from '../../../src/adapters/kms/local-key-file-writing.ts'
import { openLocalKeyFile } from '../../../src/adapters/kms/local.ts'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { describeKms } from '../../../src/core/operations/kms/describe-kms.ts'
import { rewrapDue, type RewrapBatch } from '../../../src/core/operations/kms/rewrap-due.ts'
import { rotateKms } from '../../../src/core/operations/kms/rotate-kms.ts'
import { exportCertificate } from '../../../src/core/operations/certificates/export-certificate.ts'
import type { KmsProvider } from '../../../src/core/ports/kms-provider.ts'
import { kmsUnavailable } from '../../../src/adapters/kms/failures.ts'
import { auditTrail, rowsOf } from './database.ts'
import { aLeaf, aPrincipal, idOf, testPorts, type TestPorts } from './ports.ts'
import { expectRefusal } from './refusals.ts'

const random = createSystemRandom()
const wish = { key: { algorithm: 'ED25519' }, names: { dns: ['a.test'] }, subject: {} } as const

/** Another KMS with keys of its own; ends with its folder. */
async function anotherKms(name = 'vault-transit'): Promise<KmsProvider & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-other-kms-'))
  await createLocalKeyFile(join(folder, 'key'), random)
  const provider = await openLocalKeyFile(join(folder, 'key'), random)
  return { ...provider, name, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) }
}

async function everything(given: Pick<TestPorts, 'ports'>): Promise<readonly RewrapBatch[]> {
  const batches: RewrapBatch[] = []
  for await (const batch of rewrapDue(given.ports)) batches.push(batch)
  return batches
}

const leaves = async ({ ports, admin }: TestPorts, count: number): Promise<string[]> => {
  const issued = await Promise.all(Array.from({ length: count }, () => aLeaf(ports, admin, wish)))
  return issued.map(({ certificate }) => idOf(certificate))
}
const versionsIn = (database: string): readonly string[] =>
  rowsOf<{ at: string }>(
    database,
    "SELECT DISTINCT provider || ' ' || kekVersion AS at FROM Key ORDER BY at",
  ).map(({ at }) => at)
const exported = ({ ports, admin }: TestPorts, id: string) =>
  exportCertificate(ports, admin, { id, form: { format: 'pem' } })
const eventsNamed = (database: string, name: string) =>
  auditTrail(database).filter(({ eventName }) => eventName === name)

describe('rotateKms', () => {
  test('wraps every key anew, and everything opens before, in between and afterwards', async () => {
    await using given = await testPorts()
    const { ports, admin, database } = given
    const ids = await leaves(given, 72)
    const begun = await rotateKms(ports, admin, {})
    expect(begun).toMatchObject({
      name: 'local',
      preferred: true,
      status: 'up',
      rotates: true,
      current: { kekVersion: 2 },
      rotation: { to: 'local', total: 74 },
      remaining: 74,
    })
    await exported(given, ids[0] ?? '')
    ids.push(...(await leaves(given, 1)))
    expect(versionsIn(database)).toEqual(['local 1', 'local 2'])
    const work = rewrapDue(ports)
    expect((await work.next()).value).toEqual({ kms: 'local', rewrapped: 64, unopened: 0 })
    await exported(given, ids[1] ?? '')
    await exported(given, ids[71] ?? '')
    expect((await describeKms(ports, admin))[0]).toMatchObject({ remaining: 10, rotation: { total: 74 } })
    await work.return()
    // As after a restart: what is left lies in the rows.
    expect(await everything(given)).toEqual([{ kms: 'local', rewrapped: 10, unopened: 0 }])
    expect(versionsIn(database)).toEqual(['local 2'])
    for (const id of ids) await exported(given, id)
    await leaves(given, 1)
    expect(await everything(given)).toEqual([])
    const [view] = await describeKms(ports, admin)
    expect(view).toMatchObject({
      remaining: 0,
      rotation: { total: 74, finishedAt: given.clock.now(), unopened: 0 },
    })
    expect(view?.versions).toEqual([expect.objectContaining({ kekVersion: 2, keys: 76 })])
  })

  test('puts on record who asked, each key by its id, and the end', async () => {
    await using given = await testPorts()
    await leaves(given, 40)
    await rotateKms(given.ports, given.admin, {})
    await everything(given)
    await everything(given)
    const [asked, ...more] = eventsNamed(given.database, 'RotateKeyEncryptionKey')
    expect(more).toEqual([])
    expect(asked).toMatchObject({
      userIdentity: { principalId: given.admin.id },
      requestParameters: { kms: 'local', to: 'local' },
    })
    const batches = eventsNamed(given.database, 'ReEncrypt')
    expect(batches[0]).toMatchObject({
      eventSource: 'kms.amazonaws.com',
      requestParameters: {
        source: { provider: 'local', keyVersion: 1 },
        destination: { provider: 'local', keyVersion: 2 },
      },
    })
    const named = batches.flatMap((each) => (each['requestParameters'] as { keys: string[] }).keys)
    const all = rowsOf<{ id: string }>(given.database, 'SELECT id FROM Key').map(({ id }) => id)
    expect(named.sort()).toEqual(all.sort())
    expect(eventsNamed(given.database, 'CompleteKeyRotation')).toMatchObject([
      { responseElements: { keys: 42 } },
    ])
    // No private key was opened for it: the unwraps that stand are those of the authorities that signed.
    expect(given.unwraps.every(({ context }) => context.purpose === 'authority')).toBe(true)
  })

  test('what stands in another process’s cache is replaced: an authority’s key begins a new generation', async () => {
    await using given = await testPorts()
    await leaves(given, 1)
    const before = given.unwraps.length
    await rotateKms(given.ports, given.admin, {})
    await everything(given)
    await leaves(given, 1)
    const [unwrap] = given.unwraps.slice(before)
    expect(unwrap).toMatchObject({ provider: 'local', kekVersion: 2 })
  })

  test('a row that was changed stays as it is and is named; the others follow, and the end waits for it', async () => {
    await using given = await testPorts()
    const { ports, admin, database, log } = given
    await leaves(given, 40)
    const db = new Database(database)
    const rows = db.prepare("SELECT id, sealed FROM Key WHERE purpose = 'certificate' LIMIT 2").all() as {
      id: string
      sealed: Buffer
    }[]
    const [one, other] = rows as [(typeof rows)[0], (typeof rows)[0]]
    const put = db.prepare('UPDATE Key SET sealed = ? WHERE id = ?')
    put.run(other.sealed, one.id)
    await rotateKms(ports, admin, {})
    const batches = await everything(given)
    expect(batches.reduce((sum, { rewrapped }) => sum + rewrapped, 0)).toBe(41)
    expect(batches.reduce((sum, { unopened }) => sum + unopened, 0)).toBe(1)
    expect(JSON.stringify(log.map(({ fields }) => String(fields['err'])))).toContain(
      `key ${one.id}: its envelope`,
    )
    expect((await describeKms(ports, admin))[0]).toMatchObject({ remaining: 1, rotation: { unopened: 1 } })
    expect(eventsNamed(database, 'CompleteKeyRotation')).toEqual([])
    put.run(one.sealed, one.id)
    db.close()
    await everything(given)
    expect((await describeKms(ports, admin))[0]).toMatchObject({ remaining: 0, rotation: { unopened: 0 } })
    expect(eventsNamed(database, 'CompleteKeyRotation')).toHaveLength(1)
  })

  test('a KMS that fails half-way leaves the rest for the next time', async () => {
    let left = 40
    await using given = await testPorts({
      kms: (local) => {
        const flaky: KmsProvider = {
          ...local,
          unwrap: async (...all) => {
            if (left-- <= 0) throw kmsUnavailable('throttled', true)
            return local.unwrap(...all)
          },
        }
        return { preferred: flaky, all: [flaky] }
      },
    })
    left = Infinity
    await leaves(given, 60)
    await rotateKms(given.ports, given.admin, {})
    left = 40
    await everything(given)
    expect((await describeKms(given.ports, given.admin))[0]?.remaining).toBe(62 - 40)
    expect(given.log.some(({ message }) => message.includes('can’t be wrapped anew now'))).toBe(true)
    left = Infinity
    await everything(given)
    expect(versionsIn(given.database)).toEqual(['local 2'])
  })

  test('a version that was made outside is followed too, without anybody asking here', async () => {
    let rotated: KmsProvider | undefined
    await using given = await testPorts({
      kms: (local) => {
        rotated = local
        const { rotate: _rotate, ...outside } = local
        return { preferred: outside, all: [outside] }
      },
    })
    await leaves(given, 3)
    await expectRefusal(rotateKms(given.ports, given.admin, {}), 'request_invalid', [
      'kms kms_rotates_elsewhere',
    ])
    await rotated?.rotate?.()
    await everything(given)
    expect(versionsIn(given.database)).toEqual(['local 2'])
  })
})

describe('moving keys to another KMS', () => {
  test('wraps them there; both open what is theirs meanwhile', async () => {
    await using vault = await anotherKms()
    let preferred: 'local' | 'vault-transit' = 'local'
    await using given = await testPorts({
      kms: (local) => ({
        all: [local, vault],
        get preferred() {
          return preferred === 'local' ? local : vault
        },
      }),
    })
    const ids = await leaves(given, 72)
    // As after a restart with CHANCERY_KMS set anew.
    preferred = 'vault-transit'
    const ports = { ...given.ports, kms: { ...given.ports.kms, names: ['vault-transit', 'local'] } }
    const begun = await rotateKms(ports, given.admin, { kms: 'local', to: 'vault-transit' })
    expect(begun).toMatchObject({
      name: 'local',
      rotation: { to: 'vault-transit', total: 74 },
      remaining: 74,
    })
    const work = rewrapDue(ports)
    await work.next()
    await work.return()
    expect(versionsIn(given.database)).toEqual(['local 1', 'vault-transit 1'])
    await exported(given, ids[0] ?? '')
    await exported(given, ids[71] ?? '')
    await expectRefusal(rotateKms(ports, given.admin, { kms: 'local' }), 'state_conflict')
    for await (const batch of rewrapDue(ports)) expect(batch.kms).toBe('local')
    expect(versionsIn(given.database)).toEqual(['vault-transit 1'])
    for (const id of ids) await exported(given, id)
    const views = await describeKms(ports, given.admin)
    expect(views.find(({ name }) => name === 'local')).toMatchObject({ versions: [], remaining: 0 })
    // Afterwards it is a KMS like any other.
    await rotateKms(ports, given.admin, { kms: 'local' })
  })

  test.each([
    [{ to: 'vault-transit' }, 'state_conflict', []],
    [{ kms: 'http' }, 'request_invalid', ['kms kms_unknown']],
    [{ kms: 'local', to: 'http' }, 'request_invalid', ['to kms_unknown']],
  ] as const)('%j is refused, and nothing is done', async (request, code, violations) => {
    await using vault = await anotherKms()
    await using given = await testPorts({ kms: (local) => ({ preferred: local, all: [local, vault] }) })
    await expectRefusal(rotateKms(given.ports, given.admin, request), code, violations)
    expect(await everything(given)).toEqual([])
    expect(eventsNamed(given.database, 'RotateKeyEncryptionKey')).toEqual([])
  })

  test('keys of a KMS that is not configured are shown, not touched', async () => {
    await using given = await testPorts()
    const db = new Database(given.database)
    db.exec("UPDATE Key SET provider = 'http'")
    db.close()
    const views = await describeKms(given.ports, given.admin)
    expect(views.map(({ name, status }) => [name, status])).toEqual([
      ['local', 'up'],
      ['http', 'unconfigured'],
    ])
    expect(await everything(given)).toEqual([])
  })
})

test('only the installation’s administrator sees and rotates', async () => {
  await using given = await testPorts()
  for (const principal of [aPrincipal(), aPrincipal({ role: 'administrator' })]) {
    await expectRefusal(rotateKms(given.ports, principal, {}), 'forbidden')
    await expectRefusal(describeKms(given.ports, principal), 'forbidden')
  }
})
