import { ChanceryError, type Violation } from './errors.ts'
import { BACKDATE_MINUTES } from './profiles.ts'
import { DAY, isoOf, LAST_MOMENT, MINUTE, SECOND, wholeSecond, type Millis } from './time.ts'

/**
 * How long a certificate shall be valid; measured from now, whatever `notBefore` is. Days, months and years are whole,
 * and months and years those of the calendar in UTC.
 */
export type ValidityRequest = (
  | { readonly days: number }
  | { readonly months: number }
  | { readonly years: number }
  | { readonly seconds: number }
  | { readonly notAfter: Millis }
) & {
  /** When it begins; an hour ago when absent. */
  readonly notBefore?: Millis
}

export type Validity = { readonly notBefore: Millis; readonly notAfter: Millis; readonly clamped: boolean }
/** What the issuer allows: its own validity, and how long it certifies at most. */
export type IssuerWindow = {
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly longestDays?: number | undefined
}

/** RFC 5280 §4.1.2.5.1: the first moment that a certificate can name. */
const FIRST_MOMENT = Date.UTC(1950, 0, 1)

/**
 * notBefore = as asked, or an hour ago, but not before the issuer's; notAfter as asked, or the default clamped to the
 * issuer's. What was asked for is never changed.
 * @throws request_invalid naming `field`, with the latest possible date when it lies beyond the issuer's or is longer
 * than the issuer certifies
 */
export function validityFrom(
  request: ValidityRequest | undefined,
  defaultDays: number,
  now: Millis,
  issuer: IssuerWindow | undefined,
  field = 'validity',
): Validity {
  const start = wholeSecond(now - BACKDATE_MINUTES * MINUTE)
  const earliest = issuer?.notBefore ?? FIRST_MOMENT
  const latest = Math.min(issuer?.notAfter ?? LAST_MOMENT, LAST_MOMENT)
  if (request === undefined) {
    const wanted = wholeSecond(
      now + Math.round(Math.min(defaultDays, issuer?.longestDays ?? defaultDays) * DAY),
    )
    if (latest <= now)
      throw refusal(field, 'validity_issuer_expired', `the issuer expired at ${isoOf(latest)}`)
    return {
      notBefore: Math.max(start, earliest),
      notAfter: Math.min(wanted, latest),
      clamped: wanted > latest,
    }
  }
  const { end, path } = asked(request, now, field)
  // What is written has whole seconds, so a fraction of one may be nothing at all.
  const notAfter = wholeSecond(end)
  if (notAfter <= now)
    throw refusal(
      path,
      'validity_not_positive',
      'the certificate would have expired already; it must end in the future',
    )
  const { longestDays } = issuer ?? {}
  if (longestDays !== undefined && notAfter > now + longestDays * DAY)
    throw refusal(
      path,
      'validity_short_lived',
      `must not be later than ${isoOf(Math.min(latest, now + longestDays * DAY))}: a short-lived authority certifies for at most ${longestDays} days`,
    )
  if (notAfter > latest)
    throw issuer === undefined
      ? refusal(
          path,
          'validity_too_long',
          `must not be later than ${isoOf(latest)}, the last moment that a certificate can name`,
        )
      : refusal(
          path,
          'validity_beyond_issuer',
          `must not be later than ${isoOf(latest)}, when the issuer ends`,
        )
  const notBefore =
    request.notBefore === undefined
      ? Math.max(start, earliest)
      : askedStart(request.notBefore, notAfter, earliest, `${field}.notBefore`)
  return { notBefore, notAfter, clamped: false }
}

function askedStart(begin: Millis, notAfter: Millis, earliest: Millis, path: string): Millis {
  const notBefore = wholeSecond(begin)
  if (typeof begin !== 'number' || Number.isNaN(begin))
    throw refusal(path, 'validity_type', 'must be a number')
  if (notBefore >= notAfter)
    throw refusal(path, 'validity_order', `must be before ${isoOf(notAfter)}, when the certificate ends`)
  if (notBefore < earliest)
    throw refusal(
      path,
      'validity_before_issuer',
      `must not be earlier than ${isoOf(earliest)}, when the issuer begins`,
    )
  return notBefore
}

function asked(request: ValidityRequest, now: Millis, field: string): { end: Millis; path: string } {
  if ('seconds' in request) return counted(request.seconds, now + request.seconds * SECOND, 'seconds', field)
  if ('notAfter' in request) return counted(request.notAfter, request.notAfter, 'notAfter', field)
  if ('days' in request) return whole(request.days, now + request.days * DAY, 'days', field)
  if ('months' in request) return whole(request.months, monthsAfter(now, request.months), 'months', field)
  return whole(request.years, monthsAfter(now, request.years * 12), 'years', field)
}

function counted(value: number, end: Millis, member: string, field: string): { end: Millis; path: string } {
  const path = `${field}.${member}`
  if (typeof value !== 'number' || Number.isNaN(value))
    throw refusal(path, 'validity_type', 'must be a number')
  return { end, path }
}

function whole(value: number, end: Millis, member: string, field: string): { end: Millis; path: string } {
  const found = counted(value, end, member, field)
  // AWS Private CA's least validity of that kind is one; what is beyond every calendar is named as too long.
  if (value > 0 && !Number.isInteger(value) && Number.isFinite(value))
    throw refusal(found.path, 'validity_type', 'must be a whole number')
  return found
}

/** The same day and time so many months on, or the month's last day where it has no such day. */
function monthsAfter(now: Millis, months: number): Millis {
  const from = new Date(now)
  const end = new Date(now)
  end.setUTCMonth(from.getUTCMonth() + months)
  // Date rolls the 31st of a shorter month over into the next one.
  if (end.getUTCDate() !== from.getUTCDate()) end.setUTCDate(0)
  const time = end.getTime()
  return Number.isNaN(time) ? Math.sign(months) * Number.POSITIVE_INFINITY : time
}

function refusal(field: string, code: string, message: string): ChanceryError {
  const violation: Violation = { code, field, message }
  return new ChanceryError('request_invalid', `${field}: ${message}`, { violations: [violation] })
}
