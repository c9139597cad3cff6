import type { Database } from 'better-sqlite3'
import type { CrlShard, ShardId } from '../../../core/domain/crl-scopes.ts'
import type { AuthorityId } from '../../../core/domain/ids.ts'
import type { ShardReads } from '../../../core/ports/shard-store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type Row = Raw<models.CrlShardModel>

const shardFrom = (row: Row): CrlShard => ({
  id: row.id as ShardId,
  name: row.name,
  authority: row.authorityId as AuthorityId,
  url: row.url,
  createdAt: row.createdAt,
  closedAt: row.closedAt ?? undefined,
})

/** Reads about shards. */
export function shardReads(db: Database): ShardReads {
  const get = db.prepare('SELECT * FROM CrlShard WHERE id = ?')
  const byName = db.prepare('SELECT * FROM CrlShard WHERE name = ?')
  const open = db.prepare('SELECT * FROM CrlShard WHERE authorityId = ? AND closedAt IS NULL')
  const certificates = db.prepare('SELECT COUNT(*) FROM Certificate WHERE shard = ?').pluck()
  const living = db.prepare(
    `SELECT * FROM CrlShard WHERE authorityId = ? AND (closedAt IS NULL OR
       (SELECT MAX(notAfter) FROM Certificate WHERE shard = CrlShard.id) >= ?) ORDER BY id`,
  )
  const one = (row: unknown): CrlShard | undefined => (row === undefined ? undefined : shardFrom(row as Row))
  return {
    shards: {
      get: async (id) => one(get.get(id)),
      byName: async (name) => one(byName.get(name)),
      open: async (authority) => {
        const shard = one(open.get(authority))
        return shard === undefined ? undefined : { shard, certificates: certificates.get(shard.id) as number }
      },
      living: async (authority, now) => (living.all(authority, now) as Row[]).map(shardFrom),
    },
  }
}
