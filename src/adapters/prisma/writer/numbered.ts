import type { Database } from 'better-sqlite3'
import type { ConflictReason } from '../../../core/domain/errors.ts'
import { Conflict, isUniqueViolation, type Apply } from './makers.ts'
import type { WireValue } from './protocol.ts'

/** The values of a statement whose places have numbers: ?1, ?2, so that one value can stand in several. */
export const numbered = (values: readonly WireValue[]): Readonly<Record<number, WireValue>> =>
  Object.fromEntries(values.map((value, index) => [index + 1, value]))

/** One INSERT … SELECT that must add a row: what it needs isn't there (`stale`), or what it adds is (`exists`). */
export function insertWhere(db: Database, subject: string, sql: string): Apply {
  const statement = db.prepare(sql)
  return (...values) => {
    let changes: number
    try {
      changes = statement.run(numbered(values)).changes
    } catch (error) {
      throw isUniqueViolation(error) ? new Conflict('exists', subject) : error
    }
    if (changes !== 1) throw new Conflict('stale', subject)
  }
}

/** One UPDATE or DELETE that must change a row, or it is the conflict named. */
export function changeWhere(
  db: Database,
  subject: string,
  sql: string,
  reason: ConflictReason = 'stale',
): Apply {
  const statement = db.prepare(sql)
  return (...values) => {
    if (statement.run(numbered(values)).changes !== 1) throw new Conflict(reason, subject)
  }
}
