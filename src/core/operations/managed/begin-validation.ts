import { VALIDATION_WINDOW, type DomainValidation } from '../../domain/domain-validations.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { ManagedChange } from './managed-at.ts'

/** A validated certificate is renewed by proving control over every name anew. */
export const validationBegun = (
  managed: ManagedCertificate,
  validations: readonly DomainValidation[],
  now: Millis,
): ManagedChange => ({
  after: {
    ...managed,
    validateUntil: now + VALIDATION_WINDOW,
    dueAt: now,
    attempts: 0,
    renewal: { status: 'PENDING_VALIDATION', reason: undefined, updatedAt: now },
  },
  alsoWrite: (writes) =>
    validations.map((each) =>
      writes.validations.put({
        ...each,
        status: 'PENDING_VALIDATION',
        validatedAt: undefined,
        reason: undefined,
      }),
    ),
})
