import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Calendar } from '../../ports/calendar.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Store } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

/** How far the calendar is from the system clock, in milliseconds; kept over restarts. */
const OFFSET = 'simulation.calendar.offset'

/** A calendar that can be set: simulation only. */
export type SettableCalendar = Calendar & { set(time: Millis): void }
type SimulationPorts = Pick<Ports, 'store' | 'random' | 'clock'> & { readonly calendar: SettableCalendar }

export type CalendarView = { readonly now: Millis; readonly systemTime: Millis }

/** The offset that the last setting of the calendar left behind. */
export const storedOffset = async (store: Pick<Store, 'reads'>): Promise<Millis> =>
  Number((await store.reads.settings.get(OFFSET)) ?? 0)

/** What time the installation takes it to be. */
export function readCalendar(
  ports: Pick<SimulationPorts, 'calendar' | 'clock'>,
  principal: Principal,
): CalendarView {
  authorize(principal, 'chancery:SetCalendar', arns.installation())
  return { now: ports.calendar.now(), systemTime: ports.clock.now() }
}

/**
 * Sets the calendar, forwards or backwards; it runs on from there. Authentication, leases and the audit trail stay on
 * the system clock.
 * @throws request_invalid when nothing or both is asked for, or no certificate could name the time
 */
export async function setCalendar(
  ports: SimulationPorts,
  principal: Principal,
  request: { readonly now?: Millis; readonly advanceSeconds?: number },
): Promise<CalendarView> {
  authorize(principal, 'chancery:SetCalendar', arns.installation())
  if ((request.now === undefined) === (request.advanceSeconds === undefined)) {
    const message = 'give either a time or by how many seconds to advance'
    throw new ChanceryError('request_invalid', `now: ${message}`, {
      violations: [{ code: 'calendar', field: 'now', message }],
    })
  }
  const before = ports.calendar.now()
  const to = request.now ?? before + (request.advanceSeconds ?? 0) * 1000
  ports.calendar.set(to)
  const systemTime = ports.clock.now()
  const event = auditEvent('SetCalendar', principal, {
    eventId: newUuid(ports.random, systemTime),
    time: systemTime,
    resources: [arns.installation()],
    request: { from: isoOf(before), to: isoOf(to) },
  })
  await ports.store.transact((writes) => [
    // What waits was told when to be looked at by a calendar that isn't any more.
    writes.managed.wakePending(to),
    writes.settings.set(OFFSET, String(to - systemTime)),
    writes.audit.append(event),
  ])
  return { now: to, systemTime }
}
