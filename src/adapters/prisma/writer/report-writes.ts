import type { Database } from 'better-sqlite3'
import { insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** The attempt that counts: nobody has begun another one, and nobody has removed the report. */
const ATTEMPT = "WHERE id = ? AND attempts = ? AND status = 'CREATING'"

/** Writes about audit reports. */
export function reportWrites(db: Database): WritesByName {
  const change = (name: string, set: string): [string, Apply] => [
    name,
    mustChange(db, name, `UPDATE AuditReport SET ${set} ${ATTEMPT}`),
  ]
  return {
    'auditReports.add': insert(
      db,
      'auditReports.add',
      'AuditReport',
      'id, authorityId, format, status, through, attempts, rows, createdAt, bucket',
    ),
    'auditReports.remove': mustChange(db, 'auditReports.remove', 'DELETE FROM AuditReport WHERE id = ?'),
    ...Object.fromEntries([
      change('auditReports.take', 'lease = ?, attempts = attempts + 1, rows = 0, total = NULL'),
      change('auditReports.progress', 'rows = ?, total = ?'),
      change('auditReports.release', 'lease = NULL'),
      change(
        'auditReports.succeed',
        "status = 'SUCCESS', lease = NULL, rows = ?, total = ?, size = ?, sha256 = ?, finishedAt = ?",
      ),
      change('auditReports.fail', "status = 'FAILED', lease = NULL, failure = ?, finishedAt = ?"),
    ]),
  }
}
