import { closeSync, existsSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import type { Mode } from '../../core/domain/installation.ts'
import { INSTALLATION_SETTINGS } from '../../core/domain/installation.ts'
import type { StoredKey } from '../../core/domain/keys.ts'
import { openWritable } from './connection.ts'
import { keyFrom, type KeyRow } from './rows.ts'

/** Pages of 4 KiB copied at a time: between two steps the progress is told. */
const STEP = 2048

/** What a database holds, as far as a backup has to say it. */
export type DatabaseFacts = {
  readonly installation: string
  readonly mode: Mode
  /** Name of the newest migration that was applied. */
  readonly migration: string
  readonly auditHead: { readonly id: number; readonly hash: Uint8Array }
  readonly certificates: number
  readonly authorities: readonly { readonly id: string; readonly name: string; readonly crlNumber: number }[]
  /** One key for each version of a key-encryption key that is in use. */
  readonly keys: readonly StoredKey[]
}

export type CopyProgress = (done: number, total: number) => void

/**
 * Copies a database while servers use it: all that was committed when this began, and nothing later. A read transaction
 * is held meanwhile, since SQLite begins a copy anew when another process has written; the write-ahead log grows until
 * the copy is done. The copy is one file, with mode 0600.
 * @param now reads the clock, for the moment that the copy stands for
 * @throws Error when there is no database, or the target exists
 */
export async function copyDatabase(
  from: string,
  to: string,
  now: () => number,
  progress: CopyProgress,
): Promise<{ readonly at: number }> {
  if (!existsSync(from)) throw new Error(`there is no database ${from}`)
  // Before SQLite makes it with a mode of its own.
  closeSync(openSync(to, 'wx', 0o600))
  const db = openWritable(from)
  try {
    // Before the snapshot: what is committed between the two is in the copy although it is later, never the other way.
    const at = now()
    db.exec('BEGIN')
    // A deferred transaction takes its snapshot with its first read.
    db.prepare('SELECT 1 FROM sqlite_schema').get()
    await db.backup(to, {
      progress: ({ totalPages, remainingPages }) => {
        progress(totalPages - remainingPages, totalPages)
        return STEP
      },
    })
    db.exec('COMMIT')
    return { at }
  } finally {
    db.close()
    withoutLog(to)
  }
}

/** A copy in WAL mode would make files beside itself whenever somebody looks into it. */
function withoutLog(file: string): void {
  const db = new Database(file)
  try {
    db.pragma('journal_mode = DELETE')
  } finally {
    db.close()
  }
}

/**
 * Reads a copy through, page by page and index by index, and says what is in it.
 * @throws Error naming the file when it is damaged or no database of ours
 */
export function checkedFacts(file: string): DatabaseFacts {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const [found] = db.pragma('integrity_check(1)', { simple: false }) as { integrity_check: string }[]
    if (found?.integrity_check !== 'ok') throw new Error(found?.integrity_check)
    return factsIn(db)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} is damaged or no database of Chancery: ${why}`, { cause: error })
  } finally {
    db.close()
  }
}

function factsIn(db: Database.Database): DatabaseFacts {
  const setting = db.prepare('SELECT value FROM Setting WHERE name = ?').pluck()
  const installation = setting.get(INSTALLATION_SETTINGS.id) as string | undefined
  const mode = setting.get(INSTALLATION_SETTINGS.mode) as Mode | undefined
  if (installation === undefined || mode === undefined) throw new Error('it was never initialized')
  const head = db.prepare('SELECT id, hash FROM AuditEvent ORDER BY id DESC LIMIT 1').get()
  return {
    installation,
    mode,
    migration: db
      .prepare('SELECT MAX(migration_name) FROM _prisma_migrations WHERE rolled_back_at IS NULL')
      .pluck()
      .get() as string,
    auditHead: head as DatabaseFacts['auditHead'],
    certificates: db.prepare('SELECT COUNT(*) FROM Certificate').pluck().get() as number,
    authorities: db
      .prepare('SELECT id, name, crlNumber FROM Authority ORDER BY id')
      .all() as DatabaseFacts['authorities'],
    keys: (
      db
        .prepare(
          `SELECT * FROM "Key" WHERE id IN (SELECT MIN(id) FROM "Key" GROUP BY provider, kekId, kekVersion)
             ORDER BY provider, kekId, kekVersion`,
        )
        .all() as KeyRow[]
    ).map(keyFrom),
  }
}
