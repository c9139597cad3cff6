import { DAY, HOUR, MINUTE, SECOND } from '../../core/domain/time.ts'

const UNITS = [
  [365 * DAY, 'year', 'years', 2],
  [DAY, 'day', 'days', 2],
  [HOUR, 'hour', 'hours', 2],
  [MINUTE, 'minute', 'minutes', 1],
] as const

/** A span in its largest fitting unit, rounded: `90 days`, `3 hours`; two of a unit at least, save minutes. */
export function spanOf(milliseconds: number): string {
  const span = Math.abs(milliseconds)
  for (const [length, one, many, least] of UNITS) {
    const count = Math.round(span / length)
    if (span >= least * length) return `${count} ${count === 1 ? one : many}`
  }
  return 'less than a minute'
}

/** `in 89 days` or `3 hours ago`. */
export const relative = (time: number, now: number): string =>
  time >= now ? `in ${spanOf(time - now)}` : `${spanOf(now - time)} ago`

/** A moment of the API for people, UTC: `2027-02-20 12:00 UTC`; what isn't a time is shown as it is. */
export function momentOf(iso: string): string {
  const time = Date.parse(iso)
  return Number.isNaN(time) ? iso : `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** When something ends, for people: `2027-02-20 (in 89 days)`. */
export function endOf(iso: string | undefined, now: number): string {
  if (iso === undefined) return '-'
  const time = Date.parse(iso)
  if (Number.isNaN(time)) return iso
  return `${new Date(time).toISOString().slice(0, 10)} (${relative(time, now)})`
}

const SPAN = /^([0-9]{1,9})([smhdwy])$/
const LETTERS: Readonly<Record<string, number>> = {
  s: SECOND,
  m: MINUTE,
  h: HOUR,
  d: DAY,
  w: 7 * DAY,
  y: 365 * DAY,
}

/** Milliseconds of `90s`, `15m`, `12h`, `30d`, `2w` or `1y`; undefined for anything else, or for ages. */
export function spanFrom(text: string): number | undefined {
  const [, count, letter] = SPAN.exec(text) ?? []
  const span = Number(count) * (LETTERS[letter ?? ''] ?? Number.NaN)
  return span <= 100 * 365 * DAY ? span : undefined
}
