import { rm } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClient, type Client } from '../../src/contract/client.ts'
import { startLoad } from './support/load.ts'
import { recordsOf } from './support/records.ts'
import { fetchCrl, revokedIn } from './support/revoked-in.ts'
import {
  ADMIN_TOKEN,
  databaseIn,
  spawnServer,
  temporaryDirectory,
  type ServerProcess,
} from './support/servers.ts'

const leaf = (name: string) => ({ names: { dns: [name] }, key: { algorithm: 'EC_prime256v1' as const } })

describe('two servers on one data directory', () => {
  let dataDir: string
  let first: ServerProcess
  let second: ServerProcess
  beforeAll(async () => {
    dataDir = temporaryDirectory()
    // A start on an empty directory makes the first authorities; the other finds them.
    first = await spawnServer(dataDir)
    second = await spawnServer(dataDir)
  })
  afterAll(async () => {
    await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])
    await rm(dataDir, { recursive: true })
  })
  const issue = async (client: Client, name: string): Promise<string> =>
    (await client.issueCertificate({ body: leaf(name) })).id

  test('both issue under load: one audit chain, no serial twice, each sees what the other issued', async () => {
    const loads = [first, second].map(({ apiUrl }, i) =>
      startLoad(apiUrl, 8, (n) => leaf(`s${i}-${n}.example`)),
    )
    await Promise.all(loads.map((load) => load.answered(60)))
    await Promise.all(loads.map((load) => load.stop()))
    const [byFirst = [], bySecond = []] = loads.map(({ held }) => held)
    expect(loads.map(({ refused, broken }) => [refused, broken.count])).toEqual([
      [[], 0],
      [[], 0],
    ])
    const records = recordsOf(databaseIn(dataDir))
    const issued = new Map(records.certificates.map(({ serial, der }) => [serial, der]))
    const held = [...byFirst, ...bySecond]
    expect(new Set(held.map(({ serial }) => serial)).size).toBe(held.length)
    for (const { serial, der } of held) expect(issued.get(serial)?.equals(der)).toBe(true)
    const other = await second.admin.describeCertificate({ params: { id: byFirst.at(-1)?.id ?? '' } })
    expect(other.status).toBe('valid')
    const mine = await first.admin.describeCertificate({ params: { id: bySecond.at(-1)?.id ?? '' } })
    expect(mine.status).toBe('valid')
  })

  test('both revoke at once: no CRL number twice, numbers only rise, the last CRL has them all', async () => {
    const ids = await Promise.all(Array.from({ length: 24 }, (_, n) => issue(first.admin, `r${n}.example`)))
    const answers = await Promise.all(
      ids.map((id, n) =>
        (n % 2 === 0 ? first : second).admin.revokeCertificate({
          params: { id },
          body: { reason: 'superseded' },
        }),
      ),
    )
    const authority = ids[0]?.split('.')[0] ?? ''
    const records = recordsOf(databaseIn(dataDir))
    const numbers = records.crlNumbers.get(authority) ?? []
    expect(numbers.length).toBeGreaterThan(2)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).toEqual([...numbers].sort((a, b) => (a < b ? -1 : 1)))
    for (const { crl } of answers) expect(numbers).toContain(BigInt(crl?.number ?? -1))
    const [one, two] = await Promise.all(
      [first, second].map(({ repositoryUrl }) => fetchCrl(`${repositoryUrl}/crl/${authority}.crl`)),
    )
    expect(one).toEqual(two)
    const listed = revokedIn(one ?? Buffer.alloc(0))
    for (const id of ids) expect(listed).toContain(id.split('.')[1])
  })

  test('a revoked certificate is revoked for the other at once, and stays as it was revoked', async () => {
    const id = await issue(second.admin, 'once.example')
    const body = { reason: 'superseded' } as const
    const revoked = await first.admin.revokeCertificate({ params: { id }, body })
    expect((await second.admin.describeCertificate({ params: { id } })).status).toBe('revoked')
    const again = await second.admin.revokeCertificate({ params: { id }, body })
    expect(again.certificate.revocation).toEqual(revoked.certificate.revocation)
    await expect(
      second.admin.revokeCertificate({ params: { id }, body: { reason: 'affiliationChanged' } }),
    ).rejects.toMatchObject({ code: 'already_revoked' })
  })

  test('one idempotency key on both at once is one certificate', async () => {
    const ask = ({ admin }: ServerProcess) =>
      admin.issueCertificate({ body: leaf('idem.example'), idempotencyKey: 'on-both-at-once' }).catch(
        // The loser of the race is told to come back.
        (error: unknown) => expect(error).toMatchObject({ code: 'idempotency_in_progress' }),
      )
    await Promise.all([ask(first), ask(second)])
    const [one, two] = await Promise.all(
      [first, second].map(({ admin }) =>
        admin.issueCertificate({ body: leaf('idem.example'), idempotencyKey: 'on-both-at-once' }),
      ),
    )
    expect(one?.id).toBe(two?.id)
    const { items } = await first.admin.searchCertificates({ query: { name: 'idem.example' } })
    expect(items.map(({ id }) => id)).toEqual([one?.id])
  })

  test('an authority disabled on one issues on the other no more, from that moment', async () => {
    await issue(second.admin, 'before.example')
    await first.admin.updateAuthority({ params: { authority: 'issuing' }, body: { status: 'DISABLED' } })
    await expect(issue(second.admin, 'while.example')).rejects.toMatchObject({ code: 'state_conflict' })
    await second.admin.updateAuthority({ params: { authority: 'issuing' }, body: { status: 'ACTIVE' } })
    await issue(first.admin, 'after.example')
  })

  test('a token revoked on one is refused by the other from that moment', async () => {
    const token = await first.admin.createToken({ body: { name: 'short-lived', role: 'issuer' } })
    const client = createClient({ url: second.apiUrl, token: token.secret })
    await issue(client, 'token.example')
    await first.admin.revokeToken({ params: { id: token.id } })
    await expect(issue(client, 'token.example')).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  test('an authority made on one issues on the other at once', async () => {
    await first.admin.createAuthority({
      body: { kind: 'subordinate', parent: 'root', name: 'fresh', subject: { commonName: 'Fresh' } },
    })
    const made = await second.admin.issueCertificate({
      body: { ...leaf('fresh.example'), authority: 'fresh' },
    })
    expect(made.status).toBe('valid')
  })

  test('afterwards the database is whole', () => {
    expect(recordsOf(databaseIn(dataDir)).integrity).toBe('ok')
  })
})

describe('a rate limit of two servers', () => {
  const MOST = 100
  // Of this operation, which nobody else calls; a window of a week, which ends while the test runs once in ten years.
  const limits = { CHANCERY_RATE_LIMITS: `principal:describeInstallation=${MOST}/604800` }
  let dataDir: string
  let first: ServerProcess
  let second: ServerProcess
  beforeAll(async () => {
    dataDir = temporaryDirectory()
    first = await spawnServer(dataDir, limits)
    second = await spawnServer(dataDir, limits)
  })
  afterAll(async () => {
    await Promise.all([first.end('SIGTERM'), second.end('SIGTERM')])
    await rm(dataDir, { recursive: true })
  })

  async function call({ apiUrl }: ServerProcess): Promise<{ status: number; left: number }> {
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
    const response = await fetch(`${apiUrl}/v1/installation`, { headers })
    await response.arrayBuffer()
    return {
      status: response.status,
      left: Number(/;r=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]),
    }
  }
  const calls = async (server: ServerProcess, count: number): Promise<Set<number>> => {
    const statuses = new Set<number>()
    for (let n = 0; n < count; n++) statuses.add((await call(server)).status)
    return statuses
  }
  /** Each learns with what it tells: until it has, it is asked again. */
  const eventually = async (
    server: ServerProcess,
    holds: (seen: Awaited<ReturnType<typeof call>>) => boolean,
  ) => expect.poll(async () => holds(await call(server)), { interval: 300 }).toBe(true)

  test('is one: what one counted is taken from what the other admits, once', async () => {
    expect(await calls(first, 60)).toEqual(new Set([200]))
    let own = 0
    await eventually(second, ({ left }) => left === MOST - 60 - ++own)
    expect(own).toBeLessThan(MOST - 60)
    expect(await calls(second, MOST - 60 - own)).toEqual(new Set([200]))
    expect((await call(second)).status).toBe(429)
    await eventually(first, ({ status }) => status === 429)
  })

  test('outlasts kill -9 of both, but for what wasn’t told yet', async () => {
    await Promise.all([first.end('SIGKILL'), second.end('SIGKILL')])
    first = await spawnServer(dataDir, limits)
    second = await spawnServer(dataDir, limits)
    // They know of nothing that they haven't counted themselves: the first second is theirs.
    for (const server of [first, second]) await eventually(server, ({ status }) => status === 429)
  })
})
