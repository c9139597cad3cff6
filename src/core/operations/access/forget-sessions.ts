import { HOUR } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/** For so long whoever still uses one is told that it has ended, rather than that there is none. */
const KEPT = HOUR
/** Rows dropped in one go, so that no writer waits long. */
const DROPPED_AT_ONCE = 1_000

/** Job: forgets sessions that ended a while ago, with their secrets. */
export async function forgetEndedSessions(
  ports: Pick<Ports, 'store' | 'clock'>,
): Promise<Readonly<Record<string, never>>> {
  const before = ports.clock.now() - KEPT
  await ports.store.transact((writes) => [writes.accessKeys.dropExpired(before, DROPPED_AT_ONCE)])
  return {}
}
