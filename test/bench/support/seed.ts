import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { madeCsr } from './csrs.ts'
import { requireRealDisk } from './machine.ts'
import { aToken, startServerProcess } from './server-process.ts'

export const SEEDED = 1_000_000
const DAY = 86_400_000
const MIGRATIONS = join(import.meta.dirname, '../../../prisma/migrations')
/** The template's name; others differ in its digits only, so that they fit in its place. */
const NAME = 'host-000000.dept-000.corp.example.com'

type Template = {
  readonly der: Buffer
  readonly serial: Buffer
  readonly authorityId: string
  readonly accountId: string
  readonly region: string
  readonly notBefore: number
  readonly notAfter: number
  readonly record: string
}

/**
 * A data directory with a million certificates, made once and kept under TMPDIR for later benchmarks of the same
 * schema. The rows are those that the server writes, names, audit chain and revocations included, put there by big
 * transactions: each certificate is a real one with its own serial, names, times and octets of a key; only its
 * signature isn't its own, which no list looks at.
 */
export async function aMillionCertificates(): Promise<{ dataDir: string; token: string }> {
  const schema = createHash('sha256')
  const files = await readdir(MIGRATIONS, { recursive: true })
  for (const file of files.filter((each) => each.endsWith('.sql')).sort())
    schema.update(await readFile(join(MIGRATIONS, file)))
  const folder = join(tmpdir(), `chancery-bench-1m-${schema.digest('hex').slice(0, 12)}`)
  const kept = { dataDir: join(folder, 'data'), tokenFile: join(folder, 'token') }
  if (!existsSync(kept.tokenFile)) {
    const making = `${folder}.new`
    await rm(making, { recursive: true, force: true })
    await mkdir(making)
    requireRealDisk(making)
    await make(making)
    await rm(folder, { recursive: true, force: true })
    await rename(making, folder)
  }
  return { dataDir: kept.dataDir, token: await readFile(kept.tokenFile, 'utf8') }
}

async function make(folder: string): Promise<void> {
  const token = aToken()
  const dataDir = join(folder, 'data')
  const server = await startServerProcess({ dataDir, token })
  const { status, text } = await server.request('/v1/certificates', { csr: madeCsr(NAME).pem })
  if (status !== 201) throw new Error(text)
  await server.stop()
  const db = new Database(server.database)
  try {
    multiply(db)
  } finally {
    db.close()
  }
  await writeFile(join(folder, 'token'), token, { mode: 0o600 })
}

function multiply(db: Database.Database): void {
  // Nobody misses this database if the machine goes down now; it is made anew then.
  for (const pragma of [
    'journal_mode = OFF',
    'synchronous = OFF',
    'cache_size = -400000',
    'foreign_keys = OFF',
  ])
    db.pragma(pragma)
  const template = db
    .prepare(
      `SELECT c.*, (SELECT record FROM AuditEvent WHERE name = 'IssueCertificate' ORDER BY id DESC LIMIT 1) AS record
         FROM Certificate c ORDER BY c.id DESC LIMIT 1`,
    )
    .get() as Template
  const indexes = db
    .prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = 'Certificate'",
    )
    .all() as { name: string; sql: string }[]
  for (const { name } of indexes) db.exec(`DROP INDEX "${name}"`)
  db.exec('BEGIN')
  insertRows(db, template)
  db.exec('COMMIT')
  for (const { sql } of indexes) db.exec(sql)
  db.exec(`INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter)
    SELECT id, authorityId, accountId, region, serial, 1, issuedAt, notAfter FROM Certificate
      WHERE state = 1 AND id % 20 = 0 ORDER BY id`)
  db.pragma('journal_mode = WAL')
}

function insertRows(db: Database.Database, template: Template): void {
  const certificate = db.prepare(
    `INSERT INTO Certificate (authorityId, serial, accountId, region, state, der, notBefore, notAfter, issuedAt, profile, keyHash)
       VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, 'tls-server', ?)`,
  )
  const named = db.prepare(
    'INSERT INTO CertificateName (accountId, region, name, certificateId) VALUES (?, ?, ?, ?)',
  )
  const event = db.prepare(
    'INSERT INTO AuditEvent (accountId, region, name, time, record, hash) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const { authorityId, accountId, region } = template
  let hash = db.prepare('SELECT hash FROM AuditEvent ORDER BY id DESC LIMIT 1').pluck().get() as Buffer
  const names: [string, number | bigint][] = []
  const copies = copiesOf(template)
  for (let i = 0; i < SEEDED; i++) {
    const { der, serial, record, name, issuedAt } = copies(i)
    const { lastInsertRowid } = certificate.run(
      authorityId,
      serial,
      accountId,
      region,
      der,
      issuedAt - DAY / 24,
      issuedAt + 90 * DAY,
      issuedAt,
      randomBytes(6).readUIntBE(0, 6),
    )
    names.push([name.split('.').reverse().join('.'), lastInsertRowid])
    hash = createHash('sha256').update(hash).update(record).digest()
    event.run(accountId, region, 'IssueCertificate', issuedAt, record, hash)
  }
  // In their order, so that the tree of names is filled from left to right.
  for (const [name, id] of names.sort(([one], [other]) => (one < other ? -1 : 1)))
    named.run(accountId, region, name, id)
}

/** Certificates issued over the last 120 days, 90 days each: a quarter has expired. */
function copiesOf(template: Template) {
  const der = Buffer.from(template.der)
  const places = (part: Buffer): number[] => {
    const found: number[] = []
    for (let at = der.indexOf(part); at !== -1; at = der.indexOf(part, at + 1)) found.push(at)
    return found
  }
  const utc = (time: number): Buffer =>
    Buffer.from(new Date(time).toISOString().replace(/^20|[-:T]|\.\d+/g, ''))
  const at = {
    serial: places(template.serial),
    name: places(Buffer.from(NAME)),
    notBefore: places(utc(template.notBefore)),
    notAfter: places(utc(template.notAfter)),
    point: places(Buffer.from('034200', 'hex')).map((place) => place + 4),
  }
  const serialText = template.serial.toString('hex')
  const eventId = (JSON.parse(template.record) as { eventID: string }).eventID
  const first = template.notBefore - 120 * DAY
  return (i: number) => {
    const issuedAt = Math.floor((first + (i / SEEDED) * 120 * DAY) / 1000) * 1000
    const name = `host-${String(i % 1e6).padStart(6, '0')}.dept-${String(i % 1000).padStart(3, '0')}.corp.example.com`
    const serial = randomBytes(16)
    // The template's first octet keeps DER's leading zero right.
    serial[0] = template.serial[0] as number
    const put = (into: readonly number[], part: Buffer): void =>
      into.forEach((place) => part.copy(der, place))
    put(at.serial, serial)
    put(at.name, Buffer.from(name))
    put(at.notBefore, utc(issuedAt - DAY / 24))
    put(at.notAfter, utc(issuedAt + 90 * DAY))
    put(at.point, randomBytes(64))
    const record = template.record
      .replaceAll(serialText, serial.toString('hex'))
      .replaceAll(NAME, name)
      .replace(eventId, randomUUID())
    return { der, serial, record, name, issuedAt }
  }
}
