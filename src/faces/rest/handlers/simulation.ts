import { ChanceryError } from '../../../core/domain/errors.ts'
import { isoOf } from '../../../core/domain/time.ts'
import {
  readCalendar,
  setCalendar,
  type CalendarView,
  type SettableCalendar,
} from '../../../core/operations/simulation/calendar.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { millisOf } from '../requests.ts'

type Part = Pick<Handlers, 'readCalendar' | 'setCalendar'>

const viewJson = ({ now, systemTime }: CalendarView) => ({ now: isoOf(now), systemTime: isoOf(systemTime) })

/** The calendar; mounted in simulation only. */
export const simulationHandlers = (ports: Ports): Part => ({
  readCalendar: async ({ principal }) => viewJson(readCalendar(settable(ports), principal)),
  setCalendar: async ({ principal, body }) => {
    const { now, advanceSeconds } = body
    const view = await setCalendar(settable(ports), principal, {
      ...(now === undefined ? {} : { now: millisOf(now) }),
      ...(advanceSeconds === undefined ? {} : { advanceSeconds }),
    })
    return viewJson(view)
  },
})

/** Fails closed: a calendar that can't be set is not a simulation's. */
function settable(ports: Ports): Ports & { readonly calendar: SettableCalendar } {
  const { calendar } = ports
  if (!ports.settings.simulation || !('set' in calendar))
    throw new ChanceryError('not_found', 'there is no simulation here')
  return { ...ports, calendar: calendar as SettableCalendar }
}
