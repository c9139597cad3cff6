import type { Database } from 'better-sqlite3'
import type { ShardId } from '../../../core/domain/crl-scopes.ts'
import { serialOf, type AuthorityId } from '../../../core/domain/ids.ts'
import type { AlarmReason, RepositoryAlarm } from '../../../core/domain/repository-alarms.ts'
import type { RepositoryReads, StatusChange } from '../../../core/ports/repository-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type AlarmRow = Raw<models.RepositoryAlarmModel>
type ChangeRow = Pick<Raw<models.RevocationModel>, 'id' | 'authorityId' | 'shard' | 'serial'>

const alarmFrom = (row: AlarmRow): RepositoryAlarm => ({
  id: row.id,
  subject: row.subject,
  authority: row.authorityId as AuthorityId,
  reason: row.reason as AlarmReason,
  detail: row.detail,
  since: row.since,
  recoveredAt: row.recoveredAt ?? undefined,
})

const changeFrom = (row: ChangeRow): StatusChange => ({
  sequence: row.id,
  authority: row.authorityId as AuthorityId,
  shard: (row.shard ?? undefined) as ShardId | undefined,
  serial: serialOf(row.serial),
})

/** Reads about the public repository. */
export function repositoryReads(db: Database): RepositoryReads {
  const highest = (table: string) => db.prepare(`SELECT COALESCE(MAX(id), 0) FROM ${table}`).pluck()
  const [revoked, withdrawn] = [highest('Revocation'), highest('WithdrawnRevocation')]
  const changes = (table: string) =>
    db.prepare(`SELECT id, authorityId, shard, serial FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`)
  const [revokedAfter, withdrawnAfter] = [changes('Revocation'), changes('WithdrawnRevocation')]
  const newestIssued = db
    .prepare(
      'SELECT serial FROM Certificate WHERE authorityId = ? AND state IN (1, 3) ORDER BY id DESC LIMIT 1',
    )
    .pluck()
  const awaited = db.prepare('SELECT * FROM AwaitedCrl ORDER BY revocation, authorityId, shard LIMIT ?')
  const open = db.prepare('SELECT * FROM RepositoryAlarm WHERE recoveredAt IS NULL ORDER BY since LIMIT ?')
  const about = db.prepare('SELECT * FROM RepositoryAlarm WHERE subject = ? AND recoveredAt IS NULL')
  const untold = db.prepare(
    `SELECT * FROM RepositoryAlarm WHERE told < CASE WHEN recoveredAt IS NULL THEN 1 ELSE 2 END
       ORDER BY since, id LIMIT ?`,
  )
  return {
    repository: {
      newest: async () => ({ revocation: revoked.get() as number, withdrawal: withdrawn.get() as number }),
      revokedAfter: async (sequence, limit) =>
        (revokedAfter.all(sequence, limit) as ChangeRow[]).map(changeFrom),
      withdrawnAfter: async (sequence, limit) =>
        (withdrawnAfter.all(sequence, limit) as ChangeRow[]).map(changeFrom),
      newestIssued: async (authority) => {
        const serial = newestIssued.get(authority) as Uint8Array | undefined
        return serial === undefined ? undefined : serialOf(serial)
      },
      awaited: async (limit) =>
        (awaited.all(limit) as Raw<models.AwaitedCrlModel>[]).map((row) => ({
          scope: {
            authority: row.authorityId as AuthorityId,
            shard: row.shard === 0 ? undefined : (row.shard as ShardId),
          },
          revocation: row.revocation,
          withdrawal: row.withdrawal,
        })),
      alarms: async (limit) => (open.all(limit) as AlarmRow[]).map(alarmFrom),
      alarm: async (subject) => {
        const row = about.get(subject) as AlarmRow | undefined
        return row === undefined ? undefined : alarmFrom(row)
      },
      untold: async (limit) =>
        (untold.all(limit) as AlarmRow[]).map((row) => ({
          alarm: alarmFrom(row),
          tell: row.told === 0 ? 'began' : 'ended',
        })),
    },
  }
}
