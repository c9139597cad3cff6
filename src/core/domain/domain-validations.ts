import type { ManagedId } from './ids.ts'
import type { ValidationMethod } from './managed-certificates.ts'
import { HOUR, MINUTE, type Millis } from './time.ts'

export const VALIDATION_STATUSES = ['PENDING_VALIDATION', 'SUCCESS', 'FAILED'] as const
export type ValidationStatus = (typeof VALIDATION_STATUSES)[number]

/** How it stands with the proof of control over one name of a managed certificate. */
export type DomainValidation = {
  readonly managed: ManagedId
  /** As requested, e.g. `*.example.com`. */
  readonly domain: string
  readonly method: ValidationMethod
  /** The domain itself, or one above it: what is proved. */
  readonly validationDomain: string
  readonly status: ValidationStatus
  /** What the last check found wrong; for whoever has to mend it. */
  readonly reason: string | undefined
  /** When it was last found good; an older one doesn't count for a new certificate. */
  readonly validatedAt: Millis | undefined
  readonly checkedAt: Millis | undefined
}

/** How long a name may take to be validated. */
export const VALIDATION_WINDOW = 72 * HOUR
/** How long a look at DNS or HTTP counts: an issuance that other names hold up must not rest on what was true days ago. */
const LOOK_COUNTS = 8 * HOUR
/** Somebody's approval counts as long as the others may take to decide. */
const APPROVAL_COUNTS = VALIDATION_WINDOW

/** Without a wildcard's asterisk: `d` and `*.d` are proved alike. */
export const baseDomain = (domain: string): string => domain.replace(/^\*\./, '')

const FIRST_WAIT = 10_000
const LONGEST_WAIT = 15 * MINUTE

/** How long to wait after so many attempts in vain: ten seconds, then half as long again each time, up to a quarter of an hour. */
export const pollingDelay = (attempts: number): Millis =>
  Math.min(LONGEST_WAIT, Math.round(FIRST_WAIT * 1.5 ** Math.min(attempts, 20)))

/** Whether a name's proof is good enough to issue on at `now`. */
export const isProved = ({ method, status, validatedAt }: DomainValidation, now: Millis): boolean =>
  status === 'SUCCESS' &&
  validatedAt !== undefined &&
  Math.abs(now - validatedAt) <= (method === 'EMAIL' ? APPROVAL_COUNTS : LOOK_COUNTS)
