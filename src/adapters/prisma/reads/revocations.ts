import type { Database } from 'better-sqlite3'
import type { CrlScope } from '../../../core/domain/crl-scopes.ts'
import { serialOf } from '../../../core/domain/ids.ts'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type { Reads } from '../../../core/ports/store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type Row = Raw<models.RevocationModel>
type WithdrawnRow = Raw<models.WithdrawnRevocationModel>

/** Reads about revocations, of an authority or of one of its shards. */
export function revocationReads(db: Database): Reads['revocations'] {
  const scoped = (sql: (scope: string) => string) => {
    const whole = db.prepare(sql('authorityId = ?'))
    const part = db.prepare(sql('shard = ?'))
    return ({ authority, shard }: CrlScope, ...values: number[]): unknown[] =>
      shard === undefined ? whole.all(authority, ...values) : part.all(shard, ...values)
  }
  const list = scoped((scope) => `SELECT * FROM Revocation WHERE ${scope} AND id > ? ORDER BY id LIMIT ?`)
  const highest = scoped((scope) => `SELECT MAX(id) AS id FROM Revocation WHERE ${scope}`)
  const withdrawn = scoped(
    (scope) => `SELECT * FROM WithdrawnRevocation WHERE ${scope} AND id > ? ORDER BY id LIMIT ?`,
  )
  const highestWithdrawn = scoped((scope) => `SELECT MAX(id) AS id FROM WithdrawnRevocation WHERE ${scope}`)
  const idOf = ([row]: unknown[]): number => (row as { id: number | null }).id ?? 0
  return {
    list: async (scope, after, limit) =>
      (list(scope, after, limit) as Row[]).map((row) => ({
        sequence: row.id,
        serial: serialOf(row.serial),
        revokedAt: row.revokedAt,
        reason: reasonNamed(row.reason),
        notAfter: row.notAfter,
      })),
    highest: async (scope) => idOf(highest(scope)),
    withdrawn: async (scope, after, limit) =>
      (withdrawn(scope, after, limit) as WithdrawnRow[]).map((row) => ({
        id: row.id,
        serial: serialOf(row.serial),
        sequence: row.sequence,
        withdrawnAt: row.withdrawnAt,
        notAfter: row.notAfter,
      })),
    highestWithdrawn: async (scope) => idOf(highestWithdrawn(scope)),
  }
}
