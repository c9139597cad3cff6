/** Milliseconds since the epoch, from the calendar (see domain: calendar and system clock are two kinds of time). */
export type Millis = number

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** RFC 5280 §4.1.2.5.2: the value for "no well-defined expiration"; also the last moment a certificate can name. */
export const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59)

/** X.509 times have no fractions (RFC 5280 §4.1.2.5): the second a moment falls in. */
export const wholeSecond = (time: Millis): Millis => Math.floor(time / SECOND) * SECOND

export const isoOf = (time: Millis): string => new Date(time).toISOString()

/** As RFC 3339 without a fraction: AWS's events have whole seconds. */
export const secondsOf = (time: Millis): string => isoOf(wholeSecond(time)).replace('.000Z', 'Z')
