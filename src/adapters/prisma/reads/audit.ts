import type { Database } from 'better-sqlite3'
import {
  CHAIN_START,
  type ChainedEvent,
  type ChainPlace,
  type SignedArchive,
} from '../../../core/domain/audit-trail.ts'
import type { AuditReads, StoredArchive } from '../../../core/ports/audit-store.ts'
import type { IndexReader } from '../audit-index/index-reader.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import { auditLookUp } from '../audit-index/look-up.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

export type ArchiveRow = Raw<models.AuditArchiveModel>

/**
 * Reads about the audit trail.
 * @param index what there is of one
 */
export function auditReads(db: Database, index: () => IndexReader | undefined): AuditReads {
  const head = db.prepare('SELECT id, lower(hex(hash)) AS hash FROM AuditEvent ORDER BY id DESC LIMIT 1')
  const after = db.prepare(
    'SELECT id, lower(hex(hash)) AS hash, record FROM AuditEvent WHERE id > ? ORDER BY id LIMIT ?',
  )
  const at = db.prepare(
    `SELECT id, lower(hex(hash)) AS hash FROM AuditEvent WHERE id = ?
       UNION SELECT last, lower(hex(hash)) FROM AuditArchive WHERE last = ?`,
  )
  return {
    audit: {
      at: async (id) => at.get(id, id) as ChainPlace | undefined,
      ...archiveReads(db),
      head: async () => (head.get() as ChainPlace | undefined) ?? CHAIN_START,
      after: async (id, limit) => after.all(id, limit) as ChainedEvent[],
      find: auditLookUp(db, index),
    },
  }
}

type ArchiveReads = Pick<AuditReads['audit'], 'start' | 'hasArchived' | 'olderThan' | 'archives' | 'archive'>

function archiveReads(db: Database): ArchiveReads {
  const start = db.prepare(
    'SELECT last AS id, lower(hex(hash)) AS hash FROM AuditArchive ORDER BY last DESC LIMIT 1',
  )
  const archived = db.prepare(
    `SELECT 1 FROM AuditEvent WHERE id <= (SELECT MAX(last) FROM AuditArchive)
       AND id < (SELECT MAX(id) FROM AuditEvent) LIMIT 1`,
  )
  const young = db
    .prepare('SELECT id FROM AuditEvent WHERE id > ? AND id <= ? AND time >= ? ORDER BY id LIMIT 1')
    .pluck()
  const newest = db.prepare('SELECT MAX(id) FROM AuditEvent').pluck()
  const at = db.prepare('SELECT id, lower(hex(hash)) AS hash FROM AuditEvent WHERE id = ?')
  const one = db.prepare('SELECT * FROM AuditArchive WHERE first = ?')
  return {
    start: async () => (start.get() as ChainPlace | undefined) ?? CHAIN_START,
    hasArchived: async () => archived.get() !== undefined,
    olderThan: async (before, id, limit) => {
      const most = Math.min(id + limit, (newest.get() as number | null) ?? 0)
      const end = young.get(id, most, before) as number | undefined
      const last = end === undefined ? most : end - 1
      return last > id ? (at.get(last) as ChainPlace | undefined) : undefined
    },
    archives: archivePages(db, 'AuditArchive', 'audit-archives'),
    archive: async (installation, first) => {
      const row = one.get(first) as ArchiveRow | undefined
      return row === undefined ? undefined : storedArchiveFrom(row, installation)
    },
  }
}

/** Archives in a table, oldest first. @param list whose cursors these are */
export function archivePages(db: Database, table: string, list: string): AuditReads['audit']['archives'] {
  const page = db.prepare(`SELECT * FROM ${table} WHERE first > ? ORDER BY first LIMIT ?`)
  return async (installation, { limit, after }) => {
    const from = after === undefined ? 0 : (positionIn(after, list, 'number')[0] as number)
    const rows = page.all(from, limit + 1) as ArchiveRow[]
    const items = rows.slice(0, limit).map((row) => storedArchiveFrom(row, installation))
    const last = items.at(-1)
    return { items, next: rows.length > limit && last !== undefined ? cursorOf(list, last.first) : undefined }
  }
}

export const storedArchiveFrom = (row: ArchiveRow, installation: string): StoredArchive => ({
  ...archiveFrom(row, installation),
  size: row.size,
  sha256: hex(row.sha256),
})

/** The hash of an event, in hex; undefined when it isn't there. */
export function auditHashes(db: Database): (id: number) => string | undefined {
  const hash = db.prepare('SELECT lower(hex(hash)) FROM AuditEvent WHERE id = ?').pluck()
  return (id) => hash.get(id) as string | undefined
}

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

export const archiveFrom = (row: ArchiveRow, installation: string): SignedArchive => ({
  installation,
  first: row.first,
  last: row.last,
  before: hex(row.before),
  hash: hex(row.hash),
  at: row.createdAt,
  key: hex(row.keyName),
  signature: Buffer.from(row.signature).toString('base64'),
})
