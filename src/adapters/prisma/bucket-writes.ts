import type { BucketWrites } from '../../core/ports/bucket-store.ts'
import { write } from './wire-values.ts'

/** Writes about buckets, as data. */
export const bucketWrites: BucketWrites = {
  buckets: {
    claim: ({ name, account, createdAt }) => write('buckets.claim', name, account, createdAt),
    remove: ({ name, account }) => write('buckets.remove', name, account),
  },
}
