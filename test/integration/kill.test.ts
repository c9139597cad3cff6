import { setTimeout as after } from 'node:timers/promises'
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLoad, type Held } from './support/load.ts'
import { lapseLeases, recordsOf, type Records } from './support/records.ts'
import { fetchCrl, revokedIn } from './support/revoked-in.ts'
import { databaseIn, spawnServer, temporaryDirectory, type ServerProcess } from './support/servers.ts'

/** More rounds by hand: `KILL_ROUNDS=200 npx vitest run test/integration/kill.test.ts`. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 10)
/** A round takes some three seconds, on a busy machine ten. */
const TIMEOUT = 60_000 + ROUNDS * 15_000
const CLIENTS = 16
const SIGNING = 0
const ISSUED = 1
const ABANDONED = 2

/** Keys of both kinds: given, and made by the server, which stores one more row in the same transaction. */
const body = (n: number) => ({
  names: { dns: [`host-${n}.example.com`] },
  key: { algorithm: n % 2 === 0 ? ('EC_prime256v1' as const) : ('ED25519' as const) },
})

const inState = ({ certificates }: Records, state: number) =>
  certificates.filter((row) => row.state === state)
const serialsIn = (records: Records, state: number): string[] =>
  inState(records, state)
    .map(({ serial }) => serial)
    .sort()

/** Everything that must hold of a database, however its servers ended. */
function expectSound(records: Records): void {
  expect(records.integrity).toBe('ok')
  const serials = records.certificates.map(({ authority, serial }) => `${authority}.${serial}`)
  expect(new Set(serials).size).toBe(serials.length)
  const issuances = records.events.filter(({ eventName }) => eventName === 'IssueCertificate')
  const abandonments = records.events.filter(({ eventName }) => eventName === 'AbandonCertificate')
  const named = (events: Records['events']) =>
    events.map(({ resources }) => resources.at(-1)?.ARN.split('/').at(-1) ?? '').sort()
  // One event for each, and for the right one.
  expect(named(abandonments)).toEqual(serialsIn(records, ABANDONED))
  expect(named(issuances)).toEqual(serialsIn(records, ISSUED))
}

function expectKept(records: Records, held: readonly Held[]): void {
  const rows = new Map(records.certificates.map((row) => [row.serial, row]))
  const lost = held.filter(({ serial, der }) => {
    const row = rows.get(serial)
    return row?.state !== ISSUED || !row.der.equals(der)
  })
  expect(lost.map(({ id }) => id)).toEqual([])
}

describe('kill -9 under load', () => {
  let dataDir: string
  beforeAll(() => {
    dataDir = temporaryDirectory()
  })
  afterAll(() => rm(dataDir, { recursive: true }))

  test(
    'loses no answered certificate and leaves no signed one unrecorded',
    { timeout: TIMEOUT },
    async () => {
      const file = databaseIn(dataDir)
      const held: Held[] = []
      let interrupted = 0
      for (let round = 0; round < ROUNDS; round++) {
        const server = await spawnServer(dataDir)
        const load = startLoad(server.apiUrl, CLIENTS, body)
        await load.answered(randomInt(1, 60))
        // Answers come when a commit is through; the kill shall fall anywhere between two of them.
        await after(randomInt(0, 25))
        expect((await server.end('SIGKILL')).signal).toBe('SIGKILL')
        await load.stop()
        expect(load.refused).toEqual([])
        held.push(...load.held)

        const atDeath = recordsOf(file)
        expectSound(atDeath)
        expectKept(atDeath, held)
        interrupted += inState(atDeath, SIGNING).length
        lapseLeases(file)
      }
      expect(held.length).toBeGreaterThan(ROUNDS)
      // Otherwise every kill missed, and nothing below was tried.
      expect(interrupted).toBeGreaterThan(0)

      const server = await spawnServer(dataDir)
      const records = recordsOf(file)
      expect(serialsIn(records, SIGNING)).toEqual([])
      expect(inState(records, ABANDONED)).toHaveLength(interrupted)
      expectSound(records)
      expectKept(records, held)
      await expectListed(server, records)
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    },
  )
})

/** RFC 5280 §3.3: whoever meets a signature that nobody was given finds it revoked. */
async function expectListed(server: ServerProcess, records: Records): Promise<void> {
  const abandoned = inState(records, ABANDONED)
  for (const authority of new Set(abandoned.map((row) => row.authority))) {
    const listed = revokedIn(await fetchCrl(`${server.repositoryUrl}/crl/${authority}.crl`))
    for (const { serial } of abandoned.filter((row) => row.authority === authority))
      expect(listed).toContain(serial)
  }
}

describe('one of two servers is killed', () => {
  test('the other one closes what it left, when its lease has lapsed', async () => {
    const dataDir = temporaryDirectory()
    const first = await spawnServer(dataDir)
    const second = await spawnServer(dataDir)
    // Its signatures take milliseconds, so that the kill finds some of them begun.
    await first.admin.createAuthority({
      body: {
        kind: 'subordinate',
        parent: 'root',
        name: 'slow',
        subject: { commonName: 'Slow' },
        keyAlgorithm: 'RSA_4096',
      },
    })
    const load = startLoad(first.apiUrl, CLIENTS, (n) => ({ ...body(n), authority: 'slow' }))
    await load.answered(40)
    await first.end('SIGKILL')
    await load.stop()
    const file = databaseIn(dataDir)
    const left = serialsIn(recordsOf(file), SIGNING)
    expect(left).not.toEqual([])
    // The living server's own work goes on meanwhile.
    await second.admin.issueCertificate({ body: body(0) })
    await expect
      .poll(() => serialsIn(recordsOf(file), SIGNING), { timeout: 60_000, interval: 500 })
      .toEqual([])
    const records = recordsOf(file)
    expect(serialsIn(records, ABANDONED)).toEqual(left)
    expectSound(records)
    expectKept(records, load.held)
    expect(await second.end('SIGTERM')).toEqual({ code: 0, signal: null })
    await rm(dataDir, { recursive: true })
  })
})

describe('SIGTERM under load', () => {
  test('answers what it has begun, leaves nothing open, and ends with 0', async () => {
    const dataDir = temporaryDirectory()
    const server = await spawnServer(dataDir)
    const load = startLoad(server.apiUrl, CLIENTS, body)
    await load.answered(40)
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    await load.stop()
    // All of it is in the one file that people copy.
    expect(existsSync(`${databaseIn(dataDir)}-wal`)).toBe(false)
    const records = recordsOf(databaseIn(dataDir))
    // What is draining may say so; nobody gets a fault.
    for (const { status } of load.refused) expect(status).toBe(503)
    expect(serialsIn(records, SIGNING)).toEqual([])
    expect(serialsIn(records, ABANDONED)).toEqual([])
    // No certificate whose answer was lost on the way.
    const byLoad = records.certificates.filter(
      // The authority has certified its OCSP responder, too.
      ({ authority, profile }) =>
        authority === load.held[0]?.id.split('.')[0] && profile !== 'ocsp-responder',
    )
    expect(byLoad.map(({ serial }) => serial).sort()).toEqual(load.held.map(({ serial }) => serial).sort())
    expectSound(records)
    await rm(dataDir, { recursive: true })
  })
})
