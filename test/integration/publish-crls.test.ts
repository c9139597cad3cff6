import { setTimeout as after } from 'node:timers/promises'
import { randomInt } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient } from '../../src/contract/client.ts'
import { hasTool } from '../support/tools.ts'
import { crlsIn, verifiedByOpenssl, type FoundCrl } from './support/published-crls.ts'
import { lapseLeases, recordsOf } from './support/records.ts'
import { revokedIn } from './support/revoked-in.ts'
import {
  ADMIN_TOKEN,
  databaseIn,
  spawnServer,
  temporaryDirectory,
  type ServerProcess,
} from './support/servers.ts'

/** More rounds by hand: `KILL_ROUNDS=100 npx vitest run test/integration/publish-crls.test.ts`. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 6)
const TIMEOUT = 60_000 + ROUNDS * 20_000
const AT_ONCE = 6
/** So that certificates name CRLs, and shards are opened. */
const PUBLIC = { CHANCERY_PUBLIC_URL: 'http://pki.example.com' }

const leaf = (name: string) => ({ names: { dns: [name] }, key: { algorithm: 'EC_prime256v1' as const } })

type Revoking = { readonly revoked: string[]; stop(): Promise<void>; answered(count: number): Promise<void> }

/** Issues and revokes as fast as it is answered, until it is stopped or the server is gone. */
function startRevoking(servers: readonly ServerProcess[], authority: string): Revoking {
  const revoked: string[] = []
  let stopped = false
  const clients = servers.map(({ apiUrl }) => createClient({ url: apiUrl, token: ADMIN_TOKEN }))
  const work = async (n: number): Promise<void> => {
    const client = clients[n % clients.length] as (typeof clients)[number]
    for (let i = 0; !stopped; i++) {
      const { id } = await client.issueCertificate({ body: { ...leaf(`k${n}-${i}.example`), authority } })
      await client.revokeCertificate({ params: { id } })
      revoked.push(id.split('.')[1] ?? '')
    }
  }
  // A server that was killed answers nothing any more.
  const workers = Array.from({ length: AT_ONCE }, (_, n) => work(n).catch(() => {}))
  return {
    revoked,
    stop: async () => {
      stopped = true
      await Promise.all(workers)
    },
    answered: async (count) => expect.poll(() => revoked.length, { timeout: 30_000 }).toBeGreaterThan(count),
  }
}

const current = (crls: readonly FoundCrl[]): readonly FoundCrl[] =>
  [...Map.groupBy(crls, ({ scope, kind }) => `${scope}/${kind}`).values()].map(
    (each) => each.at(-1) as FoundCrl,
  )

/** Numbers of the audit trail by scope; a complete CRL and the delta that came with it count once. */
function numbersPublished(file: string): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>()
  for (const { eventName, resources, responseElements } of recordsOf(file).events) {
    if (eventName !== 'PublishCertificateRevocationList') continue
    const { number, kind, shard = '' } = responseElements as Record<string, string>
    const scope = `${resources[0]?.ARN}/${shard}`
    const before = numbers.get(scope) ?? []
    const together = kind === 'delta' && before.at(-1) === Number(number)
    if (!together) numbers.set(scope, [...before, Number(number)])
  }
  return numbers
}

function expectRising(file: string): void {
  const all = numbersPublished(file)
  expect(all.size).toBeGreaterThan(0)
  for (const [scope, numbers] of all)
    expect(numbers, scope).toEqual([...new Set(numbers)].sort((one, other) => one - other))
}

describe.skipIf(!hasTool('openssl'))('publishing CRLs', () => {
  let dataDir: string
  beforeAll(() => {
    dataDir = temporaryDirectory()
  })
  afterAll(() => rm(dataDir, { recursive: true }))

  const AUTHORITIES = [
    { name: 'whole', revocation: {} },
    { name: 'parts', revocation: { crl: { kind: 'PARTITIONED' as const } } },
    { name: 'deltas', revocation: { crl: { deltaHours: 12 } } },
  ]

  test(
    'kill -9 in a loop: numbers never repeat, never go back, what is published always verifies',
    {
      timeout: TIMEOUT,
    },
    async () => {
      const file = databaseIn(dataDir)
      const revoked: string[] = []
      let highest = new Map<string, number>()
      for (let round = 0; round < ROUNDS; round++) {
        const server = await spawnServer(dataDir, PUBLIC)
        if (round === 0)
          for (const { name, revocation } of AUTHORITIES)
            await server.admin.createAuthority({
              body: { kind: 'subordinate', parent: 'root', name, subject: { commonName: name }, revocation },
            })
        const { name } = AUTHORITIES[round % AUTHORITIES.length] as (typeof AUTHORITIES)[number]
        const load = startRevoking([server], name)
        await load.answered(randomInt(3, 25))
        // The kill shall fall anywhere between two steps of a publication.
        await after(randomInt(0, 25))
        expect((await server.end('SIGKILL')).signal).toBe('SIGKILL')
        await load.stop()
        revoked.push(...load.revoked)

        expect(recordsOf(file).integrity).toBe('ok')
        expectRising(file)
        const crls = await crlsIn(file)
        for (const crl of crls)
          expect(verifiedByOpenssl(crl), `${crl.kind} ${crl.number}`).toMatch(/verify OK/)
        const now = new Map(current(crls).map(({ scope, kind, number }) => [`${scope}/${kind}`, number]))
        for (const [scope, number] of highest) expect(now.get(scope)).toBeGreaterThanOrEqual(number)
        highest = now
        // Whatever was answered stands in a CRL that is published.
        const listed = new Set(current(crls).flatMap(({ der }) => [...revokedIn(Uint8Array.from(der))]))
        expect(revoked.filter((serial) => !listed.has(serial))).toEqual([])
        lapseLeases(file)
      }
      const server = await spawnServer(dataDir, PUBLIC)
      expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
    },
  )

  test(
    'two servers at once: numbers never repeat, never go back, each scope has all',
    {
      timeout: 120_000,
    },
    async () => {
      const servers = [await spawnServer(dataDir, PUBLIC), await spawnServer(dataDir, PUBLIC)]
      for (const { name } of AUTHORITIES) {
        const load = startRevoking(servers, name)
        await load.answered(20)
        await load.stop()
        const crls = await crlsIn(databaseIn(dataDir))
        const listed = new Set(current(crls).flatMap(({ der }) => [...revokedIn(Uint8Array.from(der))]))
        expect(load.revoked.filter((serial) => !listed.has(serial))).toEqual([])
        for (const crl of current(crls)) expect(verifiedByOpenssl(crl)).toMatch(/verify OK/)
      }
      expectRising(databaseIn(dataDir))
      await Promise.all(servers.map((server) => server.end('SIGTERM')))
    },
  )
})
