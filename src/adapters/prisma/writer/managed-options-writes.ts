import type { Database } from 'better-sqlite3'
import { mustChange, type WritesByName } from './makers.ts'

/** Columns of a change of method that can change; `changing` in ../managed-options-writes.ts gives their values. */
const METHOD_CHANGING = ['status', 'names', 'updatedAt', 'dueAt', 'attempts'] as const

/** Writes about changes of the method of validation, and about what accounts have chosen. */
export function managedOptionsWrites(db: Database): WritesByName {
  const put = db.prepare(
    `INSERT INTO ManagedSettings (accountId, region, daysBeforeExpiry, updatedAt) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET daysBeforeExpiry = excluded.daysBeforeExpiry, updatedAt = excluded.updatedAt`,
  )
  const lookAnew = db.prepare(
    `UPDATE CertificateNotice SET at = min(at, ?) WHERE certificateId IN
       (SELECT id FROM ManagedCertificate WHERE accountId = ? AND region = ?)`,
  )
  return {
    'methodChanges.begin': mustChange(
      db,
      'methodChanges.begin',
      `INSERT INTO MethodChange (managedId, fromMethod, toMethod, requestedAt, until, ${METHOD_CHANGING.join(', ')})
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (managedId) DO UPDATE SET fromMethod = excluded.fromMethod,
           toMethod = excluded.toMethod, requestedAt = excluded.requestedAt, until = excluded.until,
           ${METHOD_CHANGING.map((column) => `${column} = excluded.${column}`).join(', ')}
         WHERE MethodChange.dueAt IS NULL`,
    ),
    'methodChanges.advance': mustChange(
      db,
      'methodChanges.advance',
      `UPDATE MethodChange SET ${METHOD_CHANGING.map((column) => `${column} = ?`).join(', ')}
         WHERE managedId = ? AND attempts = ? AND dueAt IS NOT NULL`,
    ),
    'managedSettings.put': (account, region, days, at) => {
      put.run(account, region, days, at)
      lookAnew.run(at, account, region)
    },
  }
}
