import type { ShardWrites } from '../../core/ports/shard-store.ts'
import { orNull, write } from './wire-values.ts'

/** Writes about shards, as data. */
export const shardWrites: ShardWrites = {
  shards: {
    open: ({ name, authority, url, createdAt }, before) =>
      write('shards.open', name, authority, url, createdAt, orNull(before)),
  },
}
