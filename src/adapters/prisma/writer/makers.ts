import type { Database } from 'better-sqlite3'
import type { ConflictReason } from '../../../core/domain/errors.ts'
import type { WireValue } from './protocol.ts'

/** Thrown inside a member; rolls back that member only. */
export class Conflict extends Error {
  readonly reason: ConflictReason
  readonly subject: string
  constructor(reason: ConflictReason, subject: string) {
    super(`${subject}: ${reason}`)
    this.reason = reason
    this.subject = subject
  }
}

/** Executes one kind of write with its values. */
export type Apply = (...values: WireValue[]) => void
export type WritesByName = Readonly<Record<string, Apply>>

/** One INSERT of these columns; a unique violation is the conflict named. */
export function insert(
  db: Database,
  subject: string,
  table: string,
  columns: string,
  reason: ConflictReason = 'exists',
): Apply {
  const places = columns.split(',').map(() => '?')
  const statement = db.prepare(`INSERT INTO ${table} (${columns}) VALUES (${places.join(', ')})`)
  return (...values) => {
    try {
      statement.run(...values)
    } catch (error) {
      throw isUniqueViolation(error) ? new Conflict(reason, subject) : error
    }
  }
}

/** One UPDATE that must change a row, or it is the conflict named. */
export function mustChange(
  db: Database,
  subject: string,
  sql: string,
  reason: ConflictReason = 'stale',
): Apply {
  const statement = db.prepare(sql)
  return (...values) => {
    if (statement.run(...values).changes !== 1) throw new Conflict(reason, subject)
  }
}

/** A statement that may change any number of rows. */
export function mayChange(db: Database, sql: string): Apply {
  const statement = db.prepare(sql)
  return (...values) => {
    statement.run(...values)
  }
}

export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY')
