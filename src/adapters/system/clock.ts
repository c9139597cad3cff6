import { ChanceryError } from '../../core/domain/errors.ts'
import { LAST_MOMENT, type Millis } from '../../core/domain/time.ts'
import type { Calendar, SystemClock } from '../../core/ports/calendar.ts'

/** The machine's clock, in milliseconds since the epoch. Outside simulation it is the calendar too. */
export const systemClock: SystemClock & Calendar = { now: () => Date.now() }

/**
 * A calendar that can be moved both ways, for simulation and for tests. Given a clock it runs on from wherever it was
 * set; without one it stands still until it is moved.
 */
export class SettableCalendar implements Calendar {
  readonly #flow: SystemClock
  #set: Millis
  #at: Millis

  /** @throws request_invalid when `start` isn't a moment that a certificate can name */
  constructor(start: Millis, flow: SystemClock = { now: () => 0 }) {
    this.#flow = flow
    this.#set = momentFrom(start)
    this.#at = flow.now()
  }

  now(): Millis {
    return this.#set + (this.#flow.now() - this.#at)
  }

  /** @throws request_invalid when `time` isn't a moment between 1970 and the end of 9999 */
  set(time: Millis): void {
    this.#set = momentFrom(time)
    this.#at = this.#flow.now()
  }

  /** Moves by `millis`, backwards when negative. @throws request_invalid like `set` */
  advance(millis: Millis): void {
    this.set(this.now() + millis)
  }
}

/** RFC 5280 §4.1.2.5.2: nothing later than 99991231235959Z can be written; whole milliseconds as everywhere. */
function momentFrom(time: Millis): Millis {
  if (Number.isInteger(time) && time >= 0 && time <= LAST_MOMENT) return time
  const message = 'must be whole milliseconds between 1970-01-01 and 9999-12-31'
  throw new ChanceryError('request_invalid', `time: ${message}`, {
    violations: [{ code: 'time', field: 'time', message }],
  })
}
