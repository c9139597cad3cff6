import type { SettableCalendar } from '../adapters/system/clock.ts'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from '../core/domain/time.ts'
import type { FixtureClock, Moment, TimeSpan } from './chancery.ts'

const UNITS = { days: DAY, hours: HOUR, minutes: MINUTE, seconds: SECOND } as const

/** Milliseconds since the epoch; NaN for what is no moment, which whoever uses it refuses. */
export const millisFrom = (moment: Moment): Millis => new Date(moment).getTime()

/** The public face of a calendar. */
export const fixtureClock = (calendar: SettableCalendar): FixtureClock => ({
  now: () => new Date(calendar.now()),
  set: (moment) => {
    calendar.set(millisFrom(moment))
  },
  advance: (span) => {
    calendar.advance(typeof span === 'number' ? span : millisOf(span))
  },
})

function millisOf(span: TimeSpan): Millis {
  let millis = 0
  for (const [unit, count] of Object.entries(span)) {
    // An unknown unit makes NaN, which the calendar refuses.
    millis += Number(count) * (UNITS[unit as keyof typeof UNITS] ?? Number.NaN)
  }
  return Math.round(millis)
}
