import type { Bucket } from '../domain/buckets.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** Writes about buckets. */
export type BucketWrites = {
  readonly buckets: {
    /** Makes it the account's unless it is already; conflict `refused` when it is another's. */
    claim(bucket: Bucket): Write
    /** Conflict `stale` when the account has no such bucket, or an authority or an audit report names it. */
    remove(bucket: Bucket): Write
  }
}

/** Reads about buckets. */
export type BucketReads = {
  readonly buckets: {
    /** Whosever it is. */
    get(name: string): Promise<Bucket | undefined>
    count(account: AccountId): Promise<number>
    /** By name. */
    list(account: AccountId, page: PageRequest): Promise<Page<Bucket>>
  }
}
