import Database from 'better-sqlite3'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/contract/client.ts'
import { trailIn, verifyAudit } from '../../src/main/verify-audit.ts'
import { bulkEvents } from '../support/audit-trail.ts'
import { lapseLeases, recordsOf } from './support/records.ts'
import { databaseIn, spawnServer, temporaryDirectory } from './support/servers.ts'

const EVENTS = 20_000
const CERTIFICATES = 6000
const DAY = 86_400_000

let dataDir: string
const file = () => databaseIn(dataDir)
const one = (sql: string): number => {
  const db = new Database(file(), { readonly: true })
  try {
    return db.prepare(sql).pluck().get() as number
  } finally {
    db.close()
  }
}
const files = (): string[] => {
  try {
    return readdirSync(join(dirname(file()), 'audit-archives'))
  } catch {
    return []
  }
}

/** Events a second apart, forty days ago, chained behind those that are there. */
function oldEvents(): void {
  bulkEvents(file(), EVENTS, (n) => ({
    account: '111122223333',
    region: 'us-east-1',
    time: Date.now() - 40 * DAY + n * 1000,
    name: 'IssueCertificate',
    principal: 'token/1',
    resources: [`arn:certificate/${n}`],
  }))
}

/** Copies of a certificate that was issued, each with a serial of its own, which ended forty days ago. */
function oldCertificates(): void {
  const db = new Database(file())
  db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${CERTIFICATES})
    INSERT INTO Certificate (authorityId, serial, accountId, region, state, der, notBefore, notAfter, issuedAt, profile, keyHash)
    SELECT authorityId, unhex(printf('%032x', i)), accountId, region, 1, der, notBefore - ${50 * DAY},
      ${Date.now() - 40 * DAY} + i, issuedAt, profile, keyHash
      FROM n, (SELECT * FROM Certificate WHERE state = 1 AND profile = 'tls-server' ORDER BY id DESC LIMIT 1)`)
  db.close()
}

type Kind = {
  /** How the names of its files begin. */
  readonly prefix: string
  readonly fill: () => void
  readonly archive: (admin: Client) => Promise<unknown>
  /** Archives that the database knows. */
  readonly known: string
  /** How many of what is archived aren't in archives alone. */
  readonly here: string
}
const KINDS: Readonly<Record<'events' | 'certificates', Kind>> = {
  events: {
    prefix: 'audit',
    fill: oldEvents,
    archive: (admin) => admin.archiveAuditTrail({ body: { before: new Date().toISOString() } }),
    known: 'SELECT COUNT(*) FROM AuditArchive',
    here: 'SELECT COUNT(*) FROM AuditEvent',
  },
  certificates: {
    prefix: 'certificates',
    fill: oldCertificates,
    archive: (admin) =>
      admin.archiveCertificates({ body: { before: new Date(Date.now() - DAY).toISOString() } }),
    known: 'SELECT COUNT(*) FROM CertificateArchive',
    here: `SELECT COUNT(*) FROM Certificate WHERE state = 1 AND notAfter < ${Date.now() - DAY}`,
  },
}

/** Resolves as soon as it holds. */
async function until(holds: () => boolean, ended: () => boolean): Promise<void> {
  while (!holds()) {
    if (ended()) throw new Error('archiving was through before the moment that was waited for')
    await after(1)
  }
}

/** Archives in a server of its own, which is killed with kill -9 in a moment. */
async function killedWhen({ archive }: Kind, moment: () => boolean): Promise<void> {
  const server = await spawnServer(dataDir)
  const state = { ended: false }
  const done = archive(server.admin).then(
    () => (state.ended = true),
    () => (state.ended = true),
  )
  await until(moment, () => state.ended)
  await server.end('SIGKILL')
  await done
  lapseLeases(file())
}

async function expectSound(): Promise<void> {
  expect(recordsOf(file()).integrity).toBe('ok')
  const options = { checkpoints: [], publicKey: undefined, acceptRestores: false }
  expect(await verifyAudit({ ...trailIn(dataDir), ...options })).toMatchObject({ findings: [], notes: [] })
}

describe.each(['events', 'certificates'] as const)('kill -9 in the middle of archiving %s', (what) => {
  const kind = KINDS[what]
  beforeAll(async () => {
    dataDir = temporaryDirectory()
    const server = await spawnServer(dataDir)
    await server.admin.issueCertificate({
      body: { names: { dns: ['a.example.com'] }, key: { algorithm: 'ED25519' } },
    })
    await server.end('SIGTERM')
    kind.fill()
  }, 120_000)
  afterAll(() => rm(dataDir, { recursive: true }))

  test('while the file is written: nothing is archived', { timeout: 120_000 }, async () => {
    const all = one(kind.here)
    await killedWhen(kind, () => files().includes(`${kind.prefix}.new`))
    expect(one(kind.known)).toBe(0)
    expect(one(kind.here)).toBeGreaterThanOrEqual(all)
    await expectSound()
  })

  test(
    'before the database knows of the file: the next run makes it anew',
    { timeout: 120_000 },
    async () => {
      await killedWhen(kind, () =>
        files().some((name) => name.startsWith(kind.prefix) && name.endsWith('.gz')),
      )
      expect(one(kind.known)).toBe(0)
      await expectSound()
    },
  )

  test(
    'while rows go: what went is in the file, and the next run goes on',
    { timeout: 240_000 },
    async () => {
      const all = one(kind.here)
      await killedWhen(kind, () => one(kind.known) > 0 && one(kind.here) < all)
      expect(one(kind.known)).toBe(1)
      // Otherwise the kill came too late, and nothing below was tried.
      expect(one(kind.here)).toBeGreaterThan(all / 10)
      await expectSound()
      const server = await spawnServer(dataDir)
      await kind.archive(server.admin)
      await server.end('SIGTERM')
      expect(one(kind.here)).toBeLessThan(100)
      expect(files().filter((name) => name.endsWith('.new'))).toEqual([])
      await expectSound()
    },
  )
})
