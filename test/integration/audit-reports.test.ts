import { createHash, randomInt } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/contract/client.ts'
import type { ReportJson } from '../../src/contract/index.ts'
import { recordsOfCsv } from '../support/csv.ts'
import { lapseLeases } from './support/records.ts'
import { databaseIn, spawnServer, temporaryDirectory, type ServerProcess } from './support/servers.ts'

/** So many take a report about a second, in which a kill finds it. */
const CERTIFICATES = 40_000
/** More rounds by hand: `KILL_ROUNDS=50 npx vitest run test/integration/audit-reports.test.ts`. */
const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3)
const TIMEOUT = 60_000 + ROUNDS * 20_000

let dataDir: string
let authority: string

/** The issuing authority as if it had issued that many, its responder's too; copies of one certificate but for their serials. */
function multiply(): void {
  const db = new Database(databaseIn(dataDir))
  db.prepare(
    `INSERT INTO Certificate (authorityId, serial, accountId, region, state, der, notBefore, notAfter, issuedAt, profile)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
       SELECT authorityId, randomblob(16), accountId, region, 1, der, notBefore, notAfter, issuedAt, profile
         FROM n, (SELECT * FROM Certificate WHERE state = 1 AND authorityId = ? AND profile = 'tls-server' LIMIT 1)`,
  ).run(CERTIFICATES - serialsIssued().length, authority)
  db.close()
}

function serialsIssued(): string[] {
  const db = new Database(databaseIn(dataDir), { readonly: true })
  const serials = db
    .prepare('SELECT lower(hex(serial)) FROM Certificate WHERE authorityId = ? AND state = 1 ORDER BY id')
    .pluck()
    .all(authority) as string[]
  db.close()
  return serials
}

const files = (): string[] => {
  try {
    return readdirSync(join(dataDir, 'audit-reports'))
  } catch {
    return []
  }
}

async function made(admin: Client, { id }: Pick<ReportJson, 'id'>): Promise<ReportJson> {
  for (;;) {
    const report = await admin.describeAuditReport({ params: { authority, report: id } })
    if (report.status !== 'CREATING') return report
    await after(50)
  }
}

/** As it is answered, as the server says that it is, and with everything that was issued. */
async function expectWhole(admin: Client, report: ReportJson): Promise<void> {
  expect(report).toMatchObject({ status: 'SUCCESS', rows: CERTIFICATES, total: CERTIFICATES })
  const { bytes } = await admin.readAuditReport({ params: { authority, report: report.id } })
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(report.sha256)
  const [header = [], ...records] = recordsOfCsv(Buffer.from(bytes).toString())
  const column = header.indexOf('serial')
  expect(records.map((record) => record[column]?.replaceAll(':', ''))).toEqual(serialsIssued())
}

const ask = (admin: Client): Promise<ReportJson> =>
  admin.createAuditReport({ params: { authority }, body: { format: 'CSV' } })

beforeAll(async () => {
  dataDir = temporaryDirectory()
  const server = await spawnServer(dataDir)
  const issued = await server.admin.issueCertificate({
    body: { names: { dns: ['www.example.com'] }, key: { algorithm: 'EC_prime256v1' } },
  })
  authority = issued.id.split('.')[0] ?? ''
  await server.end('SIGTERM')
  multiply()
})
afterAll(() => rm(dataDir, { recursive: true }))

describe('a server that is killed while it makes a report', () => {
  test('leaves nothing that looks like one, and the next one makes it', { timeout: TIMEOUT }, async () => {
    let interrupted = 0
    let report: ReportJson | undefined
    for (let round = 0; round < ROUNDS; round++) {
      const server = await spawnServer(dataDir)
      report ??= await ask(server.admin)
      // Somewhere between the job's turn and the end.
      while (!files().some((name) => name.endsWith('.new')) && !finished(report.id)) await after(5)
      await after(randomInt(0, 400))
      expect((await server.end('SIGKILL')).signal).toBe('SIGKILL')
      lapseLeases(databaseIn(dataDir))
      if (finished(report.id)) report = undefined
      else interrupted++
      // Whatever has its name is whole.
      const whole = files().filter((name) => name.endsWith('.csv'))
      for (const name of whole)
        expect(recordsOfCsv(readFileSync(join(dataDir, 'audit-reports', name), 'utf8'))).toHaveLength(
          CERTIFICATES + 1,
        )
    }
    expect(interrupted).toBeGreaterThan(0)
    const server = await spawnServer(dataDir)
    await expectWhole(server.admin, await made(server.admin, report ?? (await ask(server.admin))))
    expect(files().filter((name) => name.endsWith('.new'))).toEqual([])
    expect(await server.end('SIGTERM')).toEqual({ code: 0, signal: null })
  })

  test('one that is stopped gives its report back, and the next one needn’t wait for its lease', async () => {
    const stopped = await spawnServer(dataDir)
    const report = await ask(stopped.admin)
    while (!files().includes(`${report.id}-1.csv.new`)) await after(5)
    expect(await stopped.end('SIGTERM')).toEqual({ code: 0, signal: null })
    expect(recorded(report.id)).toEqual({ status: 'CREATING', attempts: 1, lease: null })
    expect(files().filter((name) => name.startsWith(report.id))).toEqual([])
    const server = await spawnServer(dataDir)
    await expectWhole(server.admin, await made(server.admin, report))
    await server.end('SIGTERM')
  })

  const finished = (id: string): boolean => recorded(id).status !== 'CREATING'
  function recorded(id: string): { status: string; attempts: number; lease: string | null } {
    const db = new Database(databaseIn(dataDir), { readonly: true })
    const row = db.prepare('SELECT status, attempts, lease FROM AuditReport WHERE id = ?').get(id)
    db.close()
    return row as ReturnType<typeof recorded>
  }
})

describe('two servers', () => {
  let first: ServerProcess
  let second: ServerProcess
  beforeAll(async () => {
    first = await spawnServer(dataDir)
    second = await spawnServer(dataDir)
  })
  afterAll(async () => {
    await first.end('SIGTERM')
    await second.end('SIGTERM')
  })

  test('make each report once; both show it and hand it out', { timeout: 120_000 }, async () => {
    const answers = await Promise.allSettled([ask(first.admin), ask(second.admin)])
    const [begun] = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const report = await made(second.admin, begun as ReportJson)
    await expectWhole(first.admin, report)
    await expectWhole(second.admin, report)
    expect(files().filter((name) => name.startsWith(report.id))).toEqual([`${report.id}-1.csv`])
  })

  test('a caller who goes away in the middle of a file costs nobody else anything', async () => {
    const report = await made(first.admin, await ask(first.admin))
    const path = `${first.apiUrl}/v1/authorities/${authority}/audit-reports/${report.id}/file`
    const headers = { authorization: 'Bearer integration-test-administrator-token' }
    const open = () => readdirSync(`/proc/${first.pid}/fd`).length
    const before = open()
    for (let call = 0; call < 40; call++) {
      const leaving = new AbortController()
      const response = await fetch(path, { headers, signal: leaving.signal })
      expect(response.status).toBe(200)
      leaving.abort()
    }
    await expectWhole(first.admin, report)
    // Each would leave its file and its connection; a connection kept by a client is none of theirs.
    await expect.poll(open).toBeLessThan(before + 20)
  })
})
