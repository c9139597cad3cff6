import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { MINUTE } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/** One server archives at a time; a dead one keeps the others waiting so long. */
const LEASE = 5 * MINUTE

type LeasePorts = Pick<Ports, 'store' | 'clock'> & {
  readonly settings: Pick<Ports['settings'], 'serverId'>
}

/**
 * Does what no other server may do meanwhile.
 * @param what is archived, as the refusal says
 * @throws state_conflict while another server is at it
 */
export async function archiveAlone<T>(
  { store, clock, settings }: LeasePorts,
  what: string,
  lease: string,
  work: () => Promise<T>,
): Promise<T> {
  const now = clock.now()
  try {
    await store.transact((writes) => [writes.leases.take(lease, settings.serverId, now, now + LEASE)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', `Another server is archiving ${what}`, { cause: error })
  }
  try {
    return await work()
  } finally {
    await store.transact((writes) => [writes.leases.release(lease, settings.serverId)])
  }
}

/** Archiving is an event, too: with a time to come there would be no end of it. @throws request_invalid */
export function refuseFuture(before: number, now: number): void {
  if (before <= now) return
  const message = 'must not lie in the future'
  throw new ChanceryError('request_invalid', `before: ${message}`, {
    violations: [{ code: 'time', field: 'before', message }],
  })
}
