import type { Database } from 'better-sqlite3'
import { insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about shards. `growing`: every process looks again. */
export function shardWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const close = mustChange(
    db,
    'shards.open',
    'UPDATE CrlShard SET closedAt = ? WHERE id = ? AND closedAt IS NULL',
  )
  // One is open at a time: another conflict than the name's, which is drawn, can't be.
  const open = insert(db, 'shards.open', 'CrlShard', 'name, authorityId, url, createdAt', 'stale')
  return {
    'shards.open': growing((name, authority, url, createdAt, before) => {
      if (before !== null) close(createdAt, before)
      open(name, authority, url, createdAt)
    }),
  }
}
