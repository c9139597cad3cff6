import type { Database } from 'better-sqlite3'
import {
  CHAIN_START,
  type ChainedEvent,
  type ChainPlace,
  type SignedArchive,
} from '../../../core/domain/audit-trail.ts'
import type { AuditReads } from '../../../core/ports/audit-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

export type ArchiveRow = Raw<models.AuditArchiveModel>

/** Reads about the audit trail. */
export function auditReads(db: Database): AuditReads {
  const head = db.prepare('SELECT id, lower(hex(hash)) AS hash FROM AuditEvent ORDER BY id DESC LIMIT 1')
  const after = db.prepare(
    'SELECT id, lower(hex(hash)) AS hash, record FROM AuditEvent WHERE id > ? ORDER BY id LIMIT ?',
  )
  return {
    audit: {
      head: async () => (head.get() as ChainPlace | undefined) ?? CHAIN_START,
      after: async (id, limit) => after.all(id, limit) as ChainedEvent[],
    },
  }
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
