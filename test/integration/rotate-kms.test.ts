import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Agent } from 'node:http'
import { randomInt } from 'node:crypto'
import { setTimeout as after } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openEnvelope } from '../../src/adapters/kms/envelope.ts'
import { openLocalKeyFile } from '../../src/adapters/kms/local.ts'
import { keyFrom, type KeyRow } from '../../src/adapters/prisma/rows.ts'
import { createSystemRandom } from '../../src/adapters/system/random.ts'
import { addWrappedKeys } from '../bench/support/wrapped-keys.ts'
import { exchange, startLoad, type Answer } from './support/load.ts'
import { lapseLeases, recordsOf } from './support/records.ts'
import {
  ADMIN_TOKEN,
  databaseIn,
  spawnServer,
  temporaryDirectory,
  type ServerProcess,
} from './support/servers.ts'

/** Enough for a rotation to take seconds, at the pace that leaves room for issuing. */
const STANDING = 4000
const body = (n: number) => ({
  names: { dns: [`host-${n}.example.com`] },
  key: { algorithm: 'EC_prime256v1' as const },
})

let dataDir: string
beforeEach(() => {
  dataDir = temporaryDirectory()
})
afterEach(() => rm(dataDir, { recursive: true }))

/** A data directory with so many sealed keys, and no server on it. */
async function prepared(): Promise<void> {
  const server = await spawnServer(dataDir)
  await server.end('SIGTERM')
  await addWrappedKeys(dataDir, STANDING)
}

/** Opens every key there is, as a start from the files alone would; tells which versions wrap them. */
async function everyKeyOpens(): Promise<ReadonlySet<number>> {
  const provider = await openLocalKeyFile(join(dataDir, 'kms.key'), createSystemRandom())
  const db = new Database(databaseIn(dataDir), { readonly: true })
  const versions = new Set<number>()
  for (const row of db.prepare('SELECT * FROM Key').all()) {
    const key = keyFrom(row as KeyRow)
    await openEnvelope(provider, key, key.sealed)
    versions.add(key.kekVersion)
  }
  db.close()
  return versions
}

const stateOf = async ({ admin }: ServerProcess) => (await admin.describeKms({})).items[0]
const finished = (server: ServerProcess): Promise<void> =>
  expect
    .poll(async () => (await stateOf(server))?.rotation?.finishedAt, { timeout: 120_000, interval: 200 })
    .toBeDefined()

/** Exports one certificate after the other, of those that were issued. */
function startExports(apiUrl: string, ids: () => readonly string[]) {
  const agent = new Agent({ keepAlive: true })
  const answers: Answer[] = []
  let going = true
  const running = (async () => {
    while (going) {
      const all = ids()
      const id = all[randomInt(0, Math.max(1, all.length))]
      if (id === undefined) await after(5)
      else answers.push(await exported(agent, apiUrl, id))
    }
  })()
  return {
    answers,
    stop: async () => {
      going = false
      await running
      agent.destroy()
    },
  }
}

const exported = (agent: Agent, apiUrl: string, id: string): Promise<Answer> =>
  exchange(
    agent,
    `${apiUrl}/v1/certificates/${id}/export`,
    'POST',
    { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    JSON.stringify({ format: 'pem' }),
  )

describe('rotation of the key-encryption key', () => {
  test(
    'under load refuses nothing: issuing and exporting go on, on two servers',
    { timeout: 240_000 },
    async () => {
      await prepared()
      const [one, other] = [await spawnServer(dataDir), await spawnServer(dataDir)]
      const loads = [startLoad(one.apiUrl, 4, body), startLoad(other.apiUrl, 4, body)]
      const held = () => loads.flatMap((load) => load.held.map(({ id }) => id))
      await Promise.all(loads.map((load) => load.answered(20)))
      const exports = [startExports(one.apiUrl, held), startExports(other.apiUrl, held)]
      const before = await one.admin.describeKms({})
      await one.admin.rotateKms({ body: {} })
      await finished(other)
      // What another server wrapped while the key was being changed follows at the next turn.
      await expect
        .poll(async () => (await stateOf(one))?.versions.map(({ kekVersion }) => kekVersion), {
          timeout: 60_000,
        })
        .toEqual([2])
      await Promise.all([...loads, ...exports].map((each) => each.stop()))
      expect(before.items[0]?.versions).toMatchObject([{ kekVersion: 1 }])
      for (const load of loads) {
        expect(load.refused).toEqual([])
        expect(load.broken.count).toBe(0)
        expect(load.held.length).toBeGreaterThan(40)
      }
      for (const { answers } of exports) {
        expect(answers.filter(({ status }) => status !== 200)).toEqual([])
        expect(answers.length).toBeGreaterThan(5)
      }
      expect(await everyKeyOpens()).toEqual(new Set([2]))
      await Promise.all([one.end('SIGTERM'), other.end('SIGTERM')])
      const { events, integrity } = recordsOf(databaseIn(dataDir))
      expect(integrity).toBe('ok')
      expect(events.filter(({ eventName }) => eventName === 'CompleteKeyRotation')).toHaveLength(1)
    },
  )

  test('killed with kill -9 in the middle finishes after the next start', { timeout: 240_000 }, async () => {
    await prepared()
    for (let round = 0; round < 3; round++) {
      const server = await spawnServer(dataDir)
      if (round === 0) await server.admin.rotateKms({ body: {} })
      const load = startLoad(server.apiUrl, 4, body)
      const total = (await stateOf(server))?.rotation?.total ?? 0
      // Anywhere within it, but not before it has begun.
      await expect
        .poll(async () => (await stateOf(server))?.remaining, { timeout: 60_000, interval: 20 })
        .toBeLessThan(total * (1 - (round + 1) / 5))
      await server.end('SIGKILL')
      await load.stop()
      expect(load.refused).toEqual([])
      expect(recordsOf(databaseIn(dataDir)).integrity).toBe('ok')
      expect(await everyKeyOpens()).toEqual(new Set([1, 2]))
      lapseLeases(databaseIn(dataDir))
    }
    const server = await spawnServer(dataDir)
    await finished(server)
    expect(await stateOf(server)).toMatchObject({ remaining: 0, versions: [{ kekVersion: 2 }] })
    await server.end('SIGTERM')
    expect(await everyKeyOpens()).toEqual(new Set([2]))
    const { events } = recordsOf(databaseIn(dataDir))
    expect(events.filter(({ eventName }) => eventName === 'CompleteKeyRotation')).toHaveLength(1)
  })

  test('stops when the server is asked to, and leaves the rest', { timeout: 120_000 }, async () => {
    await prepared()
    const server = await spawnServer(dataDir)
    await server.admin.rotateKms({ body: {} })
    await expect
      .poll(async () => (await stateOf(server))?.remaining, { timeout: 60_000, interval: 20 })
      .toBeLessThan(STANDING)
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    // Had the server waited for its end, no key would be under the old version.
    expect(await everyKeyOpens()).toEqual(new Set([1, 2]))
  })
})

test(
  'a key file under a passphrase: made at the first start, wanted at each',
  { timeout: 120_000 },
  async () => {
    const passphrase = { CHANCERY_KMS_PASSPHRASE: 'correct horse battery staple' }
    const first = await spawnServer(dataDir, passphrase)
    const { id } = await first.admin.issueCertificate({ body: body(1) })
    await first.admin.rotateKms({ body: {} })
    await first.end('SIGTERM')
    await expect(spawnServer(dataDir)).rejects.toThrow(/wants a passphrase; set CHANCERY_KMS_PASSPHRASE_FILE/)
    await expect(
      spawnServer(dataDir, { CHANCERY_KMS_PASSPHRASE: 'correct horse battery stapler' }),
    ).rejects.toThrow(/the passphrase doesn't open key file/)
    const again = await spawnServer(dataDir, passphrase)
    const agent = new Agent()
    expect((await exported(agent, again.apiUrl, id)).status).toBe(200)
    agent.destroy()
    await again.end('SIGTERM')
  },
)
