import type { Database } from 'better-sqlite3'
import type { Bucket } from '../../../core/domain/buckets.ts'
import type { AccountId } from '../../../core/domain/ids.ts'
import type { BucketReads } from '../../../core/ports/bucket-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type BucketRow = Raw<models.BucketModel>

/** Reads about buckets. */
export function bucketReads(db: Database): BucketReads {
  const get = db.prepare('SELECT * FROM Bucket WHERE name = ?')
  const count = db.prepare('SELECT COUNT(*) FROM Bucket WHERE accountId = ?').pluck()
  const list = db.prepare('SELECT * FROM Bucket WHERE accountId = ? AND name > ? ORDER BY name LIMIT ?')
  return {
    buckets: {
      get: async (name) => {
        const row = get.get(name) as BucketRow | undefined
        return row && bucketFrom(row)
      },
      count: async (account) => count.get(account) as number,
      list: async (account, page) => {
        const after = page.after === undefined ? '' : positionIn(page.after, 'buckets', 'string')[0]
        const rows = list.all(account, after, page.limit + 1) as BucketRow[]
        const items = rows.slice(0, page.limit).map(bucketFrom)
        const last = rows.length > page.limit ? items.at(-1) : undefined
        return { items, next: last === undefined ? undefined : cursorOf('buckets', last.name) }
      },
    },
  }
}

const bucketFrom = ({ name, accountId, createdAt }: BucketRow): Bucket => ({
  name,
  account: accountId as AccountId,
  createdAt,
})
