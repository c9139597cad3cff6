import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import Database from 'better-sqlite3'
import type { BenchArguments } from './arguments.ts'
import type { CrlFigures } from './crl-process.ts'

export const ENTRIES = 1_000_000
export const SMOKE_ENTRIES = 20_000
const DAY = 86_400_000
/** As REVOCATION_REASONS has them: half of them without one. */
const REASONS = [0, 4, 0, 1]

const run = promisify(execFile)
const PROCESS = join(import.meta.dirname, 'crl-process.ts')

type Step = 'make' | 'complete' | 'shard'

/** Runs one step on a data directory, in a process of its own. */
export async function crlProcess(dataDir: string, step: Step): Promise<CrlFigures> {
  const { stdout } = await run(process.execPath, [PROCESS, dataDir, step], { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout) as CrlFigures
}

/** Puts revocations of an authority's, or of its shard's, into a database that nobody has open. */
export function addRevocations(
  database: string,
  authority: string,
  shard: number | null,
  count: number,
): void {
  const db = new Database(database)
  db.pragma('synchronous = OFF')
  const [highest] = db.prepare('SELECT MAX(certificateId) FROM Revocation').pluck().all() as (number | null)[]
  const add = db.prepare(
    `INSERT INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter, shard)
       VALUES (?, ?, '111122223333', 'us-east-1', ?, ?, ?, ?, ?)`,
  )
  const now = Date.now()
  // Ids of certificates that aren't there, far from those that are.
  const from = Math.max(highest ?? 0, 1e9) + 1
  db.transaction(() => {
    for (let i = 0; i < count; i++) {
      const ends = now + DAY + Math.floor((i / count) * 90 * DAY)
      add.run(from + i, authority, randomBytes(16), REASONS[i % REASONS.length], now - i * 1000, ends, shard)
    }
  })()
  db.close()
}

/** A data directory whose issuing authority has revoked that many and published nothing since. */
export async function aSceneIn(folder: string, { smoke }: BenchArguments): Promise<string> {
  const dataDir = join(folder, 'data')
  const { authority, database } = await crlProcess(dataDir, 'make')
  addRevocations(database, authority, null, smoke ? SMOKE_ENTRIES : ENTRIES)
  return dataDir
}

/** The same step on a fresh copy each time. */
export async function rounds(dataDir: string, step: Step, { smoke }: BenchArguments): Promise<CrlFigures[]> {
  const figures: CrlFigures[] = []
  for (let round = 0; round < (smoke ? 1 : 3); round++) {
    const copy = `${dataDir}-${round}`
    cpSync(dataDir, copy, { recursive: true })
    figures.push(await crlProcess(copy, step))
    rmSync(copy, { recursive: true })
  }
  return figures
}
