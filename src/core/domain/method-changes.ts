import { pollingDelay, VALIDATION_WINDOW, type ValidationStatus } from './domain-validations.ts'
import type { ManagedId } from './ids.ts'
import type { ValidationMethod } from './managed-certificates.ts'
import type { Millis } from './time.ts'

export const METHOD_CHANGE_STATUSES = ['PENDING_DOMAIN_VALIDATION', 'SUCCESS', 'FAILED'] as const
export type MethodChangeStatus = (typeof METHOD_CHANGE_STATUSES)[number]

/** How it stands with the new proof of control over one name. */
export type NewProof = {
  readonly domain: string
  readonly status: ValidationStatus
  /** What the last check found wrong. */
  readonly reason: string | undefined
}

/** A managed certificate on its way from one method of validation to another: the old one counts until all is proved. */
export type MethodChange = {
  readonly managed: ManagedId
  readonly from: ValidationMethod
  readonly to: ValidationMethod
  readonly status: MethodChangeStatus
  readonly proofs: readonly NewProof[]
  readonly requestedAt: Millis
  readonly updatedAt: Millis
  /** Until when the proofs may take. */
  readonly until: Millis
  /** When to look next; undefined when it is over. */
  readonly dueAt: Millis | undefined
  readonly attempts: number
}

/** A change that begins now. */
export const methodChangeBegun = (
  managed: ManagedId,
  names: readonly string[],
  { from, to }: Pick<MethodChange, 'from' | 'to'>,
  now: Millis,
): MethodChange => ({
  managed,
  from,
  to,
  status: 'PENDING_DOMAIN_VALIDATION',
  proofs: names.map((domain) => ({ domain, status: 'PENDING_VALIDATION', reason: undefined })),
  requestedAt: now,
  updatedAt: now,
  until: now + VALIDATION_WINDOW,
  dueAt: now,
  attempts: 0,
})

/** After a look at its names: done when all are proved, over when their time is, else looked at again ever more seldom. */
export function methodChangeAfter(
  change: MethodChange,
  proofs: readonly NewProof[],
  now: Millis,
): MethodChange {
  const looked = { ...change, proofs, updatedAt: now, attempts: change.attempts + 1 }
  if (proofs.every(({ status }) => status === 'SUCCESS'))
    return { ...looked, status: 'SUCCESS', dueAt: undefined }
  if (now < change.until) return { ...looked, dueAt: now + pollingDelay(change.attempts) }
  const missed = proofs.map((each): NewProof =>
    each.status === 'SUCCESS' ? each : { ...each, status: 'FAILED' },
  )
  return { ...looked, status: 'FAILED', proofs: missed, dueAt: undefined }
}
