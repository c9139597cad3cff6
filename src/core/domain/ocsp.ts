import type { CertificateState, Revocation } from './certificates.ts'
import { DAY, HOUR, MINUTE, wholeSecond, type Millis } from './time.ts'

/** RFC 6960 §4.2.1: why there is no answer that says anything about certificates. */
export const OCSP_ERRORS = {
  malformedRequest: 1,
  internalError: 2,
  tryLater: 3,
  unauthorized: 6,
} as const
export type OcspError = keyof typeof OCSP_ERRORS

/** RFC 6960 §2.2. */
export type CertStatus =
  { readonly kind: 'good' } | { readonly kind: 'unknown' } | ({ readonly kind: 'revoked' } & Revocation)

/** What the database has under a serial of an authority, in one look. */
export type SerialRecord = {
  readonly state: CertificateState
  readonly revocation: Revocation | undefined
}

const GOOD: CertStatus = { kind: 'good' }
const UNKNOWN: CertStatus = { kind: 'unknown' }

/**
 * What a responder says. Never `good` for what wasn't issued: neither for a serial that isn't on record, nor for one that
 * is just being signed and that nobody has. Expiry doesn't count: OCSP says whether it was revoked (RFC 6960 §2.2).
 */
export function certStatusOf(record: SerialRecord | undefined): CertStatus {
  if (record === undefined) return UNKNOWN
  if (record.revocation !== undefined) return { kind: 'revoked', ...record.revocation }
  return record.state === 'issued' || record.state === 'archived' ? GOOD : UNKNOWN
}

/**
 * How long a responder's certificate lasts: without revocation of its own (id-pkix-ocsp-nocheck) it had better be short.
 * Twice as long as an answer, since it is replaced at half of its life and no answer outlives it.
 * @param hours between thisUpdate and nextUpdate of the authority's answers
 */
export const responderLife = (hours: number): Millis => Math.max(14 * DAY, 2 * hours * HOUR)
/** As for every certificate: for clocks that are slow. */
export const RESPONDER_BACKDATE = HOUR
/** A serial that nobody knows may be known after an import; nobody should believe for long that it isn't. */
const UNKNOWN_LIFE = 5 * MINUTE

/** When an answer was made, until when it holds, and until when it is given to others too. */
export type AnswerTimes = {
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis
  /** Half of its life: who asks later gets a new one (RFC 9919 §7.1). */
  readonly refreshAt: Millis
}

/**
 * @param hours between thisUpdate and nextUpdate, as the authority has it
 * @param responderEnds an answer doesn't outlive the certificate that proves it
 */
export function answerTimes(
  status: CertStatus['kind'],
  now: Millis,
  hours: number,
  responderEnds: Millis,
): AnswerTimes {
  const thisUpdate = wholeSecond(now)
  const life = status === 'unknown' ? UNKNOWN_LIFE : hours * HOUR
  const nextUpdate = Math.min(thisUpdate + life, responderEnds)
  return { thisUpdate, nextUpdate, refreshAt: thisUpdate + (nextUpdate - thisUpdate) / 2 }
}

/**
 * The latest moment at which a cache or a staple somewhere can still say `good` about a certificate: the nextUpdate of an
 * answer that was made right before its revocation became durable. From the first request after that no server of this
 * installation says so.
 * @param hours between thisUpdate and nextUpdate of the authority's answers; the longest that it had within that time
 */
export const goodUntil = (revokedAt: Millis, hours: number): Millis => wholeSecond(revokedAt) + hours * HOUR

/** When a responder's certificate is to be replaced: half of its life is over. */
export const responderRenewalAt = ({
  notBefore,
  notAfter,
}: {
  readonly notBefore: Millis
  readonly notAfter: Millis
}): Millis => notBefore + (notAfter - notBefore) / 2
