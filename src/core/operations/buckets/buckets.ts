import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Bucket } from '../../domain/buckets.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

/** The buckets of the caller's account, by name. */
export async function listBuckets(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Bucket>> {
  authorize(principal, 's3:ListAllMyBuckets', arns.buckets(principal))
  return ports.store.reads.buckets.list(principal.account, page)
}

/**
 * Gives up a bucket's name, which anybody may use from then on. CRLs whose URL in certificates has it are served as before.
 * @throws not_found, also for another account's; state_conflict while an authority or an audit report names it
 */
export async function deleteBucket(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  name: string,
): Promise<void> {
  authorize(principal, 's3:DeleteBucket', arns.bucket(principal, name))
  const bucket = await ports.store.reads.buckets.get(name)
  if (bucket?.account !== principal.account)
    throw new ChanceryError('not_found', 'bucket: the account has no bucket of that name')
  const time = ports.clock.now()
  const event = auditEvent('DeleteBucket', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.bucket(principal, name)],
    request: { bucketName: name },
  })
  try {
    await ports.store.transact((writes) => [writes.buckets.remove(bucket), writes.audit.append(event)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError(
      'state_conflict',
      'bucket: an authority or an audit report names it; change or delete that first',
      { cause: error },
    )
  }
}
