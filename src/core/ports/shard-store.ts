import type { CrlShard, ShardId } from '../domain/crl-scopes.ts'
import type { AuthorityId } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** Writes about the shards of partitioned CRLs. Each tells every process to look again. */
export type ShardWrites = {
  readonly shards: {
    /** In place of the one that was open, if any; conflict `stale` when that isn't `before`. */
    open(shard: Omit<CrlShard, 'id' | 'closedAt'>, before: ShardId | undefined): Write
  }
}

/** Reads about shards. */
export type ShardReads = {
  readonly shards: {
    get(id: ShardId): Promise<CrlShard | undefined>
    byName(name: string): Promise<CrlShard | undefined>
    /** The one that new certificates belong to, with how many there are. */
    open(
      authority: AuthorityId,
    ): Promise<{ readonly shard: CrlShard; readonly certificates: number } | undefined>
    /** In order of opening, those with a certificate that is valid at `now` or later, and the open one. */
    living(authority: AuthorityId, now: Millis): Promise<readonly CrlShard[]>
  }
}
