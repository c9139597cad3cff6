import Database from 'better-sqlite3'
import type { SignedArchive, TrailHead, TrailPart } from '../../core/domain/audit-trail.ts'
import { INSTALLATION_SETTINGS } from '../../core/domain/installation.ts'
import { archiveFrom, type ArchiveRow } from './reads/audit.ts'

/** Events read at a time: between two of these the database belongs to others. */
const AT_ONCE = 2000

/** The audit trail in a database, whether a server runs on it or not. */
export type OfflineTrail = {
  readonly installation: string
  /** DER of the public keys that sign statements about it, as this very database has them. */
  readonly publicKeys: readonly Uint8Array[]
  /** What was taken out of it, the oldest first. */
  readonly archives: readonly SignedArchive[]
  /** What is in it, behind what is in archives. */
  parts(): Iterable<readonly TrailPart[]>
  close(): void
}

type EventRow = {
  readonly id: number
  readonly hash: string
  readonly record: string
  readonly account: string
  readonly region: string
  readonly name: string
  readonly time: number
}

/** @throws Error when it is no database of ours */
export function openOfflineTrail(file: string): OfflineTrail {
  const db = new Database(file, { readonly: true, fileMustExist: true })
  try {
    const installation = (db
      .prepare('SELECT value FROM Setting WHERE name = ?')
      .pluck()
      .get(INSTALLATION_SETTINGS.id) ?? '') as string
    const archives = archiveRows(db).map((row) => archiveFrom(row, installation))
    const last = archives.at(-1)
    const head: TrailHead =
      last === undefined
        ? { installation, first: 1, before: '0'.repeat(64) }
        : { installation, first: last.last + 1, before: last.hash }
    return {
      installation,
      publicKeys: db
        .prepare(`SELECT spki FROM "Key" WHERE purpose = 'checkpoint'`)
        .pluck()
        .all() as Uint8Array[],
      archives,
      parts: () => partsFrom(db, head),
      close: () => db.close(),
    }
  } catch (error) {
    db.close()
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`${file} is no database of Chancery: ${why}`, { cause: error })
  }
}

/** None in a backup that is older than archives. */
function archiveRows(db: Database.Database): readonly ArchiveRow[] {
  const known = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'AuditArchive'").get() !== undefined
  return known ? (db.prepare('SELECT * FROM AuditArchive ORDER BY first').all() as ArchiveRow[]) : []
}

/** Whatever types somebody gave the columns. */
function* partsFrom(db: Database.Database, head: TrailHead): Generator<readonly TrailPart[]> {
  const page = db.prepare(
    `SELECT id, lower(hex(hash)) AS hash, CAST(record AS TEXT) AS record, CAST(accountId AS TEXT) AS account,
       CAST(region AS TEXT) AS region, CAST(name AS TEXT) AS name, CAST(time AS INTEGER) AS time
       FROM AuditEvent WHERE id > ? ORDER BY id LIMIT ${AT_ONCE}`,
  )
  yield [{ head }]
  for (let after = head.first - 1; ;) {
    const rows = page.all(after) as EventRow[]
    if (rows.length === 0) return
    yield rows.map(({ id, hash, record, ...columns }) => ({ event: { id, hash, record }, columns }))
    after = rows.at(-1)?.id ?? after
  }
}
