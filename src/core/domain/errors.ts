/** The closed list of what can go wrong. Every face maps each code with `satisfies Record<ErrorCode, …>`. */
export const ERROR_CODES = [
  'request_invalid', // a member of the request is missing, unknown, of the wrong type or out of bounds
  'csr_invalid', // the certification request can't be read, or its self-signature is wrong
  'certificate_invalid', // a certificate or chain to import can't be read, or isn't one for this authority
  'lint_failed', // the certificate that would be signed breaks a rule; every finding is named
  'policy_refused', // well-formed, but this authority or profile doesn't allow it
  'unauthenticated',
  'forbidden',
  'not_found', // unknown here: also whatever belongs to another account or region
  'method_not_allowed',
  'not_acceptable',
  'state_conflict', // the resource is in a state that doesn't allow the operation
  'already_revoked',
  'resource_in_use', // something uses it; it says what
  'already_exists',
  'idempotency_mismatch', // same Idempotency-Key, another body
  'idempotency_in_progress', // the first request with this key isn't finished
  'idempotency_done', // the first request with this key was carried out, and can't be answered again
  'precondition_failed',
  'body_too_large',
  'media_type_unsupported',
  'limit_exceeded', // as many as there may be
  'throttled', // too many requests in a window of time
  'kms_unavailable',
  'unavailable', // draining, or the database can't take writes now
  'internal',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

/** One thing wrong with the input. `field` is a path into the request as its sender wrote it, e.g. `names.dns[2]`. */
export type Violation = {
  readonly code: string
  readonly field: string
  readonly message: string
}

type Extra = {
  readonly violations?: readonly Violation[]
  readonly details?: Readonly<Record<string, string | number | boolean>>
  readonly retryAfterSeconds?: number
  readonly cause?: unknown
}

/**
 * The one error class. `message`, `violations` and `details` are public; private matters go into `cause`.
 * Anything thrown that isn't one of these is answered as a blank `internal`.
 */
export class ChanceryError extends Error {
  readonly code: ErrorCode
  readonly violations: readonly Violation[]
  readonly details: Readonly<Record<string, string | number | boolean>>
  readonly retryAfterSeconds: number | undefined

  constructor(code: ErrorCode, message: string, extra: Extra = {}) {
    super(message, extra.cause === undefined ? undefined : { cause: extra.cause })
    this.name = 'ChanceryError'
    this.code = code
    this.violations = extra.violations ?? []
    this.details = extra.details ?? {}
    this.retryAfterSeconds = extra.retryAfterSeconds
  }
}

/** Throws one error that names all violations; does nothing for an empty list. */
export function refuse(code: ErrorCode, violations: readonly Violation[]): void {
  if (violations.length === 0) return
  const first = violations[0] as Violation
  const message =
    violations.length === 1
      ? `${first.field}: ${first.message}`
      : `${violations.length} problems: ${violations.map((v) => `${v.field}: ${v.message}`).join('; ')}`
  throw new ChanceryError(code, message, { violations })
}

export type ConflictReason = 'exists' | 'stale' | 'idempotency' | 'refused'

/** Why the store didn't take a transaction; operations turn it into what it means for the caller. */
export class StoreConflict extends Error {
  readonly reason: ConflictReason
  readonly subject: string

  /** @param subject the write whose precondition failed, e.g. `certificates.reserve` */
  constructor(reason: ConflictReason, subject: string) {
    super(`${subject}: ${reason}`)
    this.name = 'StoreConflict'
    this.reason = reason
    this.subject = subject
  }
}
