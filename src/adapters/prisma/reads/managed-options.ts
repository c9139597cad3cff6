import type { Database } from 'better-sqlite3'
import type { ManagedId } from '../../../core/domain/ids.ts'
import type { ValidationMethod } from '../../../core/domain/managed-certificates.ts'
import type { MethodChange, MethodChangeStatus, NewProof } from '../../../core/domain/method-changes.ts'
import type { ManagedOptionsReads, ManagedSettings } from '../../../core/ports/managed-options-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type ChangeRow = Raw<models.MethodChangeModel>

/** Reads about changes of the method of validation, and about what accounts have chosen. */
export function managedOptionsReads(db: Database): ManagedOptionsReads {
  const of = db.prepare('SELECT * FROM MethodChange WHERE managedId = ?')
  const due = db.prepare('SELECT * FROM MethodChange WHERE dueAt <= ? ORDER BY dueAt LIMIT ?')
  const settings = db.prepare(
    'SELECT daysBeforeExpiry FROM ManagedSettings WHERE accountId = ? AND region = ?',
  )
  return {
    methodChanges: {
      of: async (managed) => {
        const row = of.get(managed) as ChangeRow | undefined
        return row === undefined ? undefined : changeFrom(row)
      },
      due: async (now, limit) => (due.all(now, limit) as ChangeRow[]).map(changeFrom),
    },
    managedSettings: {
      get: async ({ account, region }) => settings.get(account, region) as ManagedSettings | undefined,
    },
  }
}

const changeFrom = (row: ChangeRow): MethodChange => ({
  managed: row.managedId as ManagedId,
  from: row.fromMethod as ValidationMethod,
  to: row.toMethod as ValidationMethod,
  status: row.status as MethodChangeStatus,
  proofs: JSON.parse(row.names) as NewProof[],
  requestedAt: row.requestedAt,
  updatedAt: row.updatedAt,
  until: row.until,
  dueAt: row.dueAt ?? undefined,
  attempts: row.attempts,
})
