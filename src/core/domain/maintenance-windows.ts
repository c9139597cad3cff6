import { DAY, MINUTE, type Millis } from './time.ts'

/** A time of the week in which renewals may begin, in minutes since Monday 00:00 UTC; it may reach into the next week. */
export type MaintenanceWindow = { readonly start: number; readonly end: number }

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const MINUTES_A_DAY = 24 * 60
const MINUTES_A_WEEK = 7 * MINUTES_A_DAY
const WINDOW =
  /^(?:(Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:-(Mon|Tue|Wed|Thu|Fri|Sat|Sun))? )?(\d\d):(\d\d)-(\d\d):(\d\d)$/

/**
 * Windows such as `Sat 02:00-06:00`, `Mon-Fri 22:00-04:00` (over midnight) or `03:00-05:00` (every day), in UTC.
 * @returns undefined when the text is none
 */
export function maintenanceWindowsFrom(text: string): readonly MaintenanceWindow[] | undefined {
  const parts = WINDOW.exec(text.trim())
  if (parts === null) return undefined
  const [, first, last, ...numbers] = parts
  const [fromHour, fromMinute, toHour, toMinute] = numbers.map(Number) as [number, number, number, number]
  if (fromHour > 23 || toHour > 24 || fromMinute > 59 || toMinute > 59) return undefined
  const from = fromHour * 60 + fromMinute
  const to = toHour * 60 + toMinute
  if (to > MINUTES_A_DAY || from === to) return undefined
  return daysOf(first, last).map((day) => {
    const start = day * MINUTES_A_DAY + from
    return { start, end: start + (to > from ? to - from : to - from + MINUTES_A_DAY) }
  })
}

function daysOf(first: string | undefined, last: string | undefined): readonly number[] {
  const all = DAYS.map((_, day) => day)
  if (first === undefined) return all
  const from = DAYS.indexOf(first as (typeof DAYS)[number])
  const to = last === undefined ? from : DAYS.indexOf(last as (typeof DAYS)[number])
  return from <= to ? all.slice(from, to + 1) : [...all.slice(from), ...all.slice(0, to + 1)]
}

/** 1970-01-01 was a Thursday. */
const minuteOfWeek = (time: Millis): number => {
  const days = Math.floor(time / DAY)
  return ((((days + 3) % 7) + 7) % 7) * MINUTES_A_DAY + Math.floor((time - days * DAY) / MINUTE)
}

/** When the next window opens; undefined when one is open, or there are none to keep to. */
export function nextMaintenance(windows: readonly MaintenanceWindow[], now: Millis): Millis | undefined {
  if (windows.length === 0) return undefined
  const minute = minuteOfWeek(now)
  const isOpen = windows.some(({ start, end }) =>
    [minute, minute + MINUTES_A_WEEK].some((each) => start <= each && each < end),
  )
  if (isOpen) return undefined
  const waits = windows.map(({ start }) => (start - minute + MINUTES_A_WEEK) % MINUTES_A_WEEK)
  return now - (now % MINUTE) + Math.min(...waits) * MINUTE
}
