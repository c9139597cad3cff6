import { MAX_BUCKETS } from '../../domain/buckets.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'

/** Where a request for an authority names its bucket. */
export const CRL_BUCKET = 'revocation.crl.bucket'

/**
 * Told before anything is made; two accounts at once are told apart when the name is stored.
 * @param name a right one; undefined for none
 * @throws request_invalid naming `field` when it is another account's, limit_exceeded
 */
export async function refuseForeignBucket(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  name: string | undefined,
  field: string,
): Promise<void> {
  if (name === undefined) return
  const bucket = await store.reads.buckets.get(name)
  if (bucket === undefined) {
    if ((await store.reads.buckets.count(account)) < MAX_BUCKETS) return
    throw new ChanceryError(
      'limit_exceeded',
      `The account has ${MAX_BUCKETS} buckets, as many as there may be; use one of them, or delete one that nothing names`,
      { details: { retryable: false } },
    )
  }
  if (bucket.account !== account) refuseTaken(field)
}

function refuseTaken(field: string): void {
  refuse('request_invalid', [
    { code: 'bucket_taken', field, message: 'is another account’s; bucket names are unique, choose another' },
  ])
}

/** What makes a bucket the account's, in the transaction of what uses it. */
export const claimBucket = (
  { clock }: Pick<Ports, 'clock'>,
  writes: Writes,
  account: AccountId,
  name: string | undefined,
): readonly Write[] =>
  name === undefined ? [] : [writes.buckets.claim({ name, account, createdAt: clock.now() })]

/** Says the same as `refuseForeignBucket` of a transaction that another account was faster than. @throws request_invalid */
export function refuseLostBucket(error: unknown, field: string): void {
  if (error instanceof StoreConflict && error.subject === 'buckets.claim') refuseTaken(field)
}
