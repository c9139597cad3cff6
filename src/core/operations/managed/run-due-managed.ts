import { StoreConflict } from '../../domain/errors.ts'
import { HOUR, MINUTE, type Millis } from '../../domain/time.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { nextMaintenance, type MaintenanceWindow } from '../../domain/maintenance-windows.ts'
import { advanceManaged, type Advance } from './advance-managed.ts'

/** Rows read in one go. */
const BATCH = 32
/** Worked on at a time: enough that commits are shared, few enough that callers are hardly held up. */
const AT_ONCE = 8
/** So near its end a renewal waits for no window. */
const URGENT = 7 * 24 * HOUR
/** How long one whose turn failed outright waits: its database, its key or its mail was out of reach. */
const AFTER_FAILURE = 5 * MINUTE

export type DueReport = { issued: number; waiting: number; ended: number; failed: number }

/**
 * Takes every managed certificate that is due one step on: validations are looked at, renewals made.
 * @param stopping ends it early, between certificates
 */
export async function runDueManaged(ports: Ports, stopping: AbortSignal): Promise<DueReport> {
  const report: DueReport = { issued: 0, waiting: 0, ended: 0, failed: 0 }
  const from = ports.calendar.now()
  for (;;) {
    // What becomes due while this runs waits for the next turn: nothing is looked at twice in one.
    const due = await ports.store.reads.managed.due(from, BATCH)
    const queue = due.values()
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (const managed of queue) {
        if (stopping.aborted) return
        count(report, await turn(ports, managed))
      }
    })
    await Promise.all(workers)
    if (due.length < BATCH || stopping.aborted) return report
  }
}

function count(report: DueReport, result: Advance | 'failed'): void {
  if (result === 'issued' || result === 'waiting' || result === 'ended' || result === 'failed')
    report[result]++
}

async function turn(ports: Ports, managed: ManagedCertificate): Promise<Advance | 'failed'> {
  const now = ports.calendar.now()
  const opens = heldBack(ports.settings.renewalWindows, managed, now)
  if (opens !== undefined) return postponed(ports, managed, opens)
  try {
    return await advanceManaged(ports, managed)
  } catch (error) {
    ports.logger.error(
      { err: error, certificate: managed.id },
      'a managed certificate could not be worked on',
    )
    return postponed(ports, managed, now + AFTER_FAILURE).then(() => 'failed')
  }
}

/** When the next maintenance window opens; undefined when there is nothing to wait for. */
function heldBack(
  windows: readonly MaintenanceWindow[],
  { current, validateUntil }: ManagedCertificate,
  now: Millis,
): Millis | undefined {
  if (current === undefined || validateUntil !== undefined || current.notAfter - now < URGENT)
    return undefined
  return nextMaintenance(windows, now)
}

/** @throws unavailable: then the whole run ends, since nothing could be stored */
async function postponed(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
  until: Millis,
): Promise<'waiting'> {
  try {
    await ports.store.transact((writes) => [writes.managed.replace(managed, { ...managed, dueAt: until })])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
  }
  return 'waiting'
}
