import type { Database } from 'better-sqlite3'
import { insert, mayChange, type WritesByName } from './makers.ts'

/** Writes about archives of the audit trail. */
export const auditWrites = (db: Database): WritesByName => ({
  'auditArchives.add': insert(
    db,
    'auditArchives.add',
    'AuditArchive',
    'first, last, before, hash, createdAt, keyName, signature, size, sha256',
  ),
  'auditArchives.dropArchived': mayChange(
    db,
    `DELETE FROM AuditEvent WHERE id IN (
       SELECT id FROM AuditEvent WHERE id <= (SELECT MAX(last) FROM AuditArchive)
         AND id < (SELECT MAX(id) FROM AuditEvent) ORDER BY id LIMIT ?)`,
  ),
})
