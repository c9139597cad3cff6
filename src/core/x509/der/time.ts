import { DerError } from './errors.ts'

const DAY_MS = 86_400_000
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

// Days between 0000-03-01 and 1970-01-01 in the proleptic Gregorian calendar.
const EPOCH_SHIFT = 719_468
const DAYS_PER_ERA = 146_097

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

/** Days since 1970-01-01 of a Gregorian date; `Date.UTC` won't do, it reads the years 0 to 99 as 19xx. */
function daysFrom(year: number, month: number, day: number): number {
  // Years start in March, so that the leap day is the last one.
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * DAYS_PER_ERA + dayOfEra - EPOCH_SHIFT
}

function twoDigits(bytes: Uint8Array, at: number, what: string): number {
  const tens = (bytes[at] as number) - 0x30
  const ones = (bytes[at + 1] as number) - 0x30
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9)
    throw new DerError('der_time', `${what}: a time is digits and a Z`)
  return tens * 10 + ones
}

/**
 * Milliseconds since the epoch of UTCTime `YYMMDDHHMMSSZ` or GeneralizedTime `YYYYMMDDHHMMSSZ` content octets.
 * RFC 5280 §4.1.2.5: seconds present, Zulu, no fractions; UTCTime years 50 to 99 are 19xx, 00 to 49 are 20xx.
 * @throws DerError for another form and for dates that don't exist
 */
export function timeFrom(
  bytes: Uint8Array,
  start: number,
  end: number,
  generalized: boolean,
  what: string,
): number {
  const form = generalized ? 'YYYYMMDDHHMMSSZ' : 'YYMMDDHHMMSSZ'
  if (end - start !== form.length || bytes[end - 1] !== 0x5a) {
    throw new DerError('der_time', `${what}: the time must have the form ${form}`)
  }
  let at = start
  let year = twoDigits(bytes, at, what)
  at += 2
  if (generalized) {
    year = year * 100 + twoDigits(bytes, at, what)
    at += 2
  } else {
    year += year < 50 ? 2000 : 1900
  }
  const month = twoDigits(bytes, at, what)
  const day = twoDigits(bytes, at + 2, what)
  const hour = twoDigits(bytes, at + 4, what)
  const minute = twoDigits(bytes, at + 6, what)
  const second = twoDigits(bytes, at + 8, what)
  const days = month === 2 && isLeap(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0)
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) {
    throw new DerError('der_time', `${what}: no such date or time of day`)
  }
  return daysFrom(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000
}

/** First moment of 1950 and of 2050: between them UTCTime, after them GeneralizedTime (RFC 5280 §4.1.2.5). */
export const UTC_TIME_FROM = -631_152_000_000
export const GENERALIZED_TIME_FROM = 2_524_608_000_000
/** First moment of the year 10000, which no ASN.1 time can say. */
export const TIME_END = 253_402_300_800_000

/** @throws DerError unless an ASN.1 time of RFC 5280 can say it */
export function checkTime(millis: number): void {
  if (!(millis >= UTC_TIME_FROM && millis < TIME_END)) {
    throw new DerError('der_time', 'a time must lie in the years 1950 to 9999')
  }
}

function putTwo(out: Uint8Array, at: number, value: number): void {
  out[at] = 0x30 + Math.floor(value / 10)
  out[at + 1] = 0x30 + (value % 10)
}

/**
 * Writes the whole element (tag, length, digits, Z) at `at`; returns its length: 15 for UTCTime, 17 for
 * GeneralizedTime. Milliseconds are cut off. `time` must lie from 1950 to 9999, or from year 0 on with `generalized`.
 */
export function putTime(
  out: Uint8Array,
  at: number,
  time: number,
  generalized = time >= GENERALIZED_TIME_FROM,
): number {
  const seconds = Math.floor(time / 1000)
  const days = Math.floor(seconds / 86_400)
  const ofDay = seconds - days * 86_400
  const shifted = days + EPOCH_SHIFT
  const era = Math.floor(shifted / DAYS_PER_ERA)
  const dayOfEra = shifted - era * DAYS_PER_ERA
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  let pos = at + 2
  out[at] = generalized ? 0x18 : 0x17
  out[at + 1] = generalized ? 15 : 13
  if (generalized) {
    putTwo(out, pos, Math.floor(year / 100))
    pos += 2
  }
  putTwo(out, pos, year % 100)
  putTwo(out, pos + 2, month)
  putTwo(out, pos + 4, dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1)
  putTwo(out, pos + 6, Math.floor(ofDay / 3600))
  putTwo(out, pos + 8, Math.floor(ofDay / 60) % 60)
  putTwo(out, pos + 10, ofDay % 60)
  out[pos + 12] = 0x5a
  return pos + 13 - at
}
