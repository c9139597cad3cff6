import { ChanceryError, type Violation } from './errors.ts'
import { BACKDATE_MINUTES } from './profiles.ts'
import { DAY, isoOf, LAST_MOMENT, MINUTE, SECOND, wholeSecond, type Millis } from './time.ts'

/** How long a certificate shall be valid; measured from now, not from the backdated notBefore. */
export type ValidityRequest =
  { readonly days: number } | { readonly seconds: number } | { readonly notAfter: Millis }

export type Validity = { readonly notBefore: Millis; readonly notAfter: Millis; readonly clamped: boolean }
/** What the issuer allows: its own validity, and how long it certifies at most. */
export type IssuerWindow = {
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly longestDays?: number | undefined
}

/**
 * notBefore = an hour ago, but not before the issuer's; notAfter as asked, or the default clamped to the issuer's.
 * What was asked for is never shortened.
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
  const notBefore = issuer === undefined ? start : Math.max(start, issuer.notBefore)
  const latest = Math.min(issuer?.notAfter ?? LAST_MOMENT, LAST_MOMENT)
  if (request === undefined) {
    const wanted = wholeSecond(now + Math.min(defaultDays, issuer?.longestDays ?? defaultDays) * DAY)
    if (latest <= now)
      throw refusal(field, 'validity_issuer_expired', `the issuer expired at ${isoOf(latest)}`)
    return { notBefore, notAfter: Math.min(wanted, latest), clamped: wanted > latest }
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
  return { notBefore, notAfter, clamped: false }
}

function asked(request: ValidityRequest, now: Millis, field: string): { end: Millis; path: string } {
  const [member, value, end] =
    'days' in request
      ? ['days', request.days, now + request.days * DAY]
      : 'seconds' in request
        ? ['seconds', request.seconds, now + request.seconds * SECOND]
        : ['notAfter', request.notAfter, request.notAfter]
  const path = `${field}.${member}`
  if (typeof value !== 'number' || Number.isNaN(value))
    throw refusal(path, 'validity_type', 'must be a number')
  return { end, path }
}

function refusal(field: string, code: string, message: string): ChanceryError {
  const violation: Violation = { code, field, message }
  return new ChanceryError('request_invalid', `${field}: ${message}`, { violations: [violation] })
}
