import { SECOND, type Millis } from '../../../core/domain/time.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { RateLimit, Unshared } from './rate-limit.ts'
import type { RateLimits } from './rate-limits.ts'

/** How often servers tell one another. */
export const SHARED_EVERY: Millis = SECOND
/** Counts in one batch, the busiest first: what a limit is about. */
const MOST_COUNTS = 500

/**
 * Tells other servers what was counted here, and learns what they did: one transaction, and so at most one a second. Counts
 * by address stay here, whatever strangers do: no stranger makes the database write.
 */
export async function shareCounts(
  ports: Pick<Ports, 'store' | 'clock'>,
  { limits }: RateLimits,
): Promise<Readonly<Record<string, number>>> {
  const shared = limits.filter(({ rule }) => rule.kind !== 'address' && rule.kind !== 'failure')
  let room = MOST_COUNTS
  const batch = shared.flatMap((limit) => {
    const taken = limit.takeUnshared(room).map((unshared) => ({ limit, unshared }))
    room -= taken.length
    return taken
  })
  if (batch.length === 0) return {}
  try {
    await ports.store.transact((writes) => [
      ...batch.map(({ limit, unshared }) =>
        writes.rateCounters.add({ limit: limit.id, ...unshared, endsAt: limit.endOf(unshared.window) }),
      ),
      writes.rateCounters.dropEnded(ports.clock.now()),
    ])
  } catch (error) {
    for (const { limit, unshared } of batch) limit.giveBack(unshared)
    throw error
  }
  for (const { limit, unshared } of batch) await learn(ports, limit, unshared)
  return {}
}

async function learn(
  ports: Pick<Ports, 'store'>,
  limit: RateLimit,
  { key, window }: Unshared,
): Promise<void> {
  await limit.learn(key, window, await ports.store.reads.rateCounters.total({ limit: limit.id, key, window }))
}
