/** Lists and searches at a million certificates: what the server itself says that each took. */
import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3'
import { benchArguments } from './support/arguments.ts'
import { median } from './support/load.ts'
import { machineFacts, rounded } from './support/machine.ts'
import { printResult } from './support/result.ts'
import { aMillionCertificates } from './support/seed.ts'
import { startServerProcess } from './support/server-process.ts'

const ROUNDS = 15
const DAY = 86_400_000
const TARGET_MILLISECONDS = 20

const given = benchArguments()
const machine = machineFacts()
const million = await aMillionCertificates()
const server = await startServerProcess({ ...million, ...given })
const { serial, name, total } = sampled(server.database)
const now = Date.now()
const at = (days: number): string => new Date(now + days * DAY).toISOString()

const window = `expiresAfter=${at(10)}&expiresBefore=${at(10.5)}`
const QUERIES: Readonly<Record<string, string>> = {
  newest: '',
  'newest, 1000 a page': 'limit=1000',
  'by name': `name=${name}`,
  'by unknown name': 'name=nobody.example.org',
  'by serial': `serial=${serial}`,
  'by unknown serial': `serial=${randomBytes(16).toString('hex')}`,
  'by issuer': 'authority=issuing',
  'by issuer with few': 'authority=root',
  'valid ones': 'status=valid',
  'expired ones': 'status=expired',
  'revoked ones': 'status=revoked',
  'none is not yet valid': 'status=not_yet_valid',
  'expiry window': window,
  'domain suffix': 'name=.dept-007.corp.example.com',
  'wide domain suffix': 'name=.example.com',
  'wide suffix and expired': 'name=.example.com&status=expired',
  'suffix and revoked': 'name=.dept-020.corp.example.com&status=revoked',
  'revoked in an expiry window': `status=revoked&${window}`,
  'window that matches nothing': `expiresAfter=${at(5000)}`,
  'issuer with few and expired': 'authority=root&status=expired',
  'name and another issuer': `name=${name}&authority=root`,
}

const figures: Record<string, { median: number; slowest: number; items: number }> = {}
const items: Record<string, number> = {}
const run = randomBytes(4).toString('hex')
for (let round = 0; round < (given.smoke ? 2 : ROUNDS); round++)
  for (const [index, [label, query]] of Object.entries(QUERIES).entries()) {
    const answer = await server.request(`/v1/certificates?${query}`, undefined, `${run}-${index}-${round}`)
    if (answer.status !== 200) throw new Error(`${label}: ${answer.text}`)
    items[label] = (JSON.parse(answer.text) as { items: unknown[] }).items.length
  }
const deep = await lastPages(3000)
await server.stop()
const logged = server.logged()
for (const [index, label] of Object.keys(QUERIES).entries()) {
  const times = [...logged].filter(([id]) => id.startsWith(`${run}-${index}-`)).map(([, ms]) => ms)
  figures[label] = {
    median: rounded(median(times), 2),
    slowest: Math.max(...times),
    items: items[label] ?? 0,
  }
}
const usual = Object.entries(figures).filter(([label]) => !label.includes('1000'))
printResult(
  {
    name: 'list-1m',
    value: Math.max(...usual.map(([, figure]) => figure.median)),
    unit: 'ms (median of the slowest kind of query, a page of 100)',
    target: TARGET_MILLISECONDS,
    certificates: total,
    queries: figures,
    pageAfterMany: deep,
    machine,
  },
  'less',
  given.smoke,
)

/** A page far behind the first costs what the first does: the cursor is a place in an index. */
async function lastPages(skipped: number): Promise<{ median: number }> {
  let next: string | undefined
  for (let at = 0; at < skipped; at += 1000) {
    const { text } = await server.request(
      `/v1/certificates?limit=1000${next === undefined ? '' : `&cursor=${next}`}`,
    )
    next = (JSON.parse(text) as { next: string }).next
  }
  const times: number[] = []
  for (let round = 0; round < 5; round++) {
    const id = `${run}-deep-${round}`
    await server.request(`/v1/certificates?cursor=${next ?? ''}`, undefined, id)
    times.push(await whenLogged(id))
  }
  return { median: median(times) }
}

async function whenLogged(id: string): Promise<number> {
  for (;;) {
    const milliseconds = server.logged().get(id)
    if (milliseconds !== undefined) return milliseconds
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

function sampled(database: string): { serial: string; name: string; total: number } {
  const db = new Database(database, { readonly: true })
  const total = db.prepare('SELECT count(*) FROM Certificate').pluck().get() as number
  const row = db
    .prepare(
      'SELECT c.serial, n.name FROM Certificate c JOIN CertificateName n ON n.certificateId = c.id WHERE c.id = ?',
    )
    .get(Math.floor(total / 2)) as { serial: Buffer; name: string }
  db.close()
  return { serial: row.serial.toString('hex'), name: row.name.split('.').reverse().join('.'), total }
}
