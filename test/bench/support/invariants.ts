import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import { chainedEvents } from '../../support/chained-events.ts'

export type Checked = {
  readonly rows: number
  readonly distinctSerials: number
  readonly auditEvents: number
  readonly answers: number
  readonly verifiedByOpenssl: number
  readonly auditChain: 'unbroken'
}

type Row = { readonly der: Uint8Array; readonly authorityId: string }
const SAMPLE = 20

/**
 * What a run must leave behind: each certificate one row, one serial and one audit event; no answer without a row; rows
 * without an answer only where the client went away at the end of a window; a sample verified by openssl; every hash of
 * the audit chain recomputed.
 * @param after ids of rows and events that were there before
 * @param unread most answers that the client may have left unread
 * @throws Error naming what doesn't hold
 */
export async function checkInvariants(
  database: string,
  after: Marks,
  answers: number,
  unread: number,
): Promise<Checked> {
  const db = new Database(database, { readonly: true })
  try {
    const one = (sql: string): number => db.prepare(sql).pluck().get(after.certificate) as number
    const rows = one('SELECT count(*) FROM Certificate WHERE id > ? AND state = 1')
    const unfinished = one('SELECT count(*) FROM Certificate WHERE id > ? AND state <> 1')
    const distinctSerials = one('SELECT count(DISTINCT serial) FROM Certificate WHERE id > ? AND state = 1')
    const auditEvents = db
      .prepare("SELECT count(*) FROM AuditEvent WHERE id > ? AND name = 'IssueCertificate'")
      .pluck()
      .get(after.event) as number
    if (unfinished > 0) throw new Error(`${unfinished} certificates were never published`)
    if (rows !== distinctSerials || rows !== auditEvents)
      throw new Error(`${rows} rows, ${distinctSerials} serials, ${auditEvents} audit events`)
    if (answers > rows || rows > answers + unread)
      throw new Error(`${rows} rows, ${answers} answers, and at most ${unread} may have been left unread`)
    // Each is held against the one before while it is read.
    for (const event of chainedEvents(db)) void event
    const verifiedByOpenssl = await verifySample(db, after.certificate, rows)
    return { rows, distinctSerials, auditEvents, answers, verifiedByOpenssl, auditChain: 'unbroken' }
  } finally {
    db.close()
  }
}

/**
 * Waits until the server has finished what it was doing for clients that went away at the end of a window.
 * @throws Error when that takes longer than ten seconds
 */
export async function settled(database: string): Promise<void> {
  const db = new Database(database, { readonly: true })
  const signing = db.prepare('SELECT count(*) FROM Certificate WHERE state = 0').pluck()
  try {
    // Twice in a row: between the two a request that was still being verified would have been recorded.
    for (let tries = 0, quiet = 0; quiet < 2; tries++) {
      if (tries > 50) throw new Error('certificates are still being signed')
      await new Promise((resolve) => setTimeout(resolve, 200))
      quiet = signing.get() === 0 ? quiet + 1 : 0
    }
  } finally {
    db.close()
  }
}

export type Marks = { readonly certificate: number; readonly event: number }

/** Where the tables end now. */
export function marksOf(database: string): Marks {
  const db = new Database(database, { readonly: true })
  const last = (table: string): number =>
    (db.prepare(`SELECT max(id) FROM ${table}`).pluck().get() as number | null) ?? 0
  const marks = { certificate: last('Certificate'), event: last('AuditEvent') }
  db.close()
  return marks
}

async function verifySample(db: Database.Database, after: number, rows: number): Promise<number> {
  const step = Math.max(1, Math.floor(rows / SAMPLE))
  const sample = Array.from({ length: Math.min(SAMPLE, rows) }, (_, i) =>
    db
      .prepare(
        'SELECT der, authorityId FROM Certificate WHERE id > ? AND state = 1 ORDER BY id LIMIT 1 OFFSET ?',
      )
      .get(after, i * step),
  ) as Row[]
  const authorities = db
    .prepare('SELECT certificateDer FROM Authority WHERE certificateDer IS NOT NULL')
    .pluck()
    .all()
    .map((der) => new X509Certificate(der as Buffer))
  const isRoot = (certificate: X509Certificate): boolean => certificate.subject === certificate.issuer
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-'))
  try {
    const file = async (name: string, certificates: readonly X509Certificate[]): Promise<string> => {
      await writeFile(join(folder, name), certificates.map(String).join(''))
      return join(folder, name)
    }
    const roots = await file('roots.pem', authorities.filter(isRoot))
    const untrusted = await file(
      'untrusted.pem',
      authorities.filter((each) => !isRoot(each)),
    )
    const leaves = await Promise.all(
      sample.map(({ der }, i) => file(`leaf-${i}.pem`, [new X509Certificate(Buffer.from(der))])),
    )
    // openssl exits with an error when one of them fails.
    const options = [
      'verify',
      '-x509_strict',
      '-purpose',
      'sslserver',
      '-CAfile',
      roots,
      '-untrusted',
      untrusted,
    ]
    const { stdout } = await promisify(execFile)('openssl', [...options, ...leaves])
    const verified = stdout.split('\n').filter((line) => line.endsWith(': OK')).length
    if (verified !== sample.length) throw new Error(`openssl verified ${verified} of ${sample.length}`)
    return verified
  } finally {
    await rm(folder, { recursive: true })
  }
}
