import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import {
  holdsName,
  requireTransition,
  RESTORE_DAYS,
  restorableUntil,
} from '../../domain/authority-life-cycle.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { newUuid } from '../new-ids.ts'
import { findAuthority } from './signing-authority.ts'

export type DeleteAuthorityRequest = {
  readonly reference: string
  /** How long it can be restored, in days; 30 when absent. */
  readonly restoreDays?: number
}

export type DeletedAuthority = {
  readonly authority: Authority
  /** Undefined when it is gone at once. */
  readonly restorableUntil: Millis | undefined
  /** What goes on without it, or stops. */
  readonly warnings: readonly string[]
}

/**
 * Deletes an authority: it issues no more, and its key is destroyed when nobody has restored it in time. Its CRL goes on
 * until then. One that never came to be is gone at once.
 * @throws not_found, request_invalid (restoreDays), state_conflict for an active one, which is to be disabled first
 */
export async function deleteAuthority(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  { reference, restoreDays = RESTORE_DAYS.usual }: DeleteAuthorityRequest,
): Promise<DeletedAuthority> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:DeleteCertificateAuthority', reference)
  refuseDays(restoreDays)
  const now = ports.calendar.now()
  const authority = await findAuthority(ports, principal, reference)
  const gone = requireTransition(authority, 'delete', now) === 'GONE'
  const until = gone ? undefined : restorableUntil(now, restoreDays)
  const warnings = await warningsFor(ports, authority, now, until)
  const time = ports.clock.now()
  const event = auditEvent('DeleteCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id)],
    request: { restoreDays: gone ? 0 : restoreDays },
    response: until === undefined ? {} : { restorableUntil: isoOf(until) },
  })
  try {
    await ports.store.transact((writes) => [
      until === undefined
        ? writes.authorities.remove(authority.id, authority.status)
        : writes.authorities.delete(authority.id, authority.status, until),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('state_conflict', 'The authority was changed by somebody else just now', {
        cause: error,
      })
    throw error
  }
  ports.vault.forget()
  const deletion =
    until === undefined ? undefined : { from: authority.status, restorableUntil: until, purgedAt: undefined }
  return {
    authority: { ...authority, status: 'DELETED', deletion, isDefault: false },
    restorableUntil: until,
    warnings,
  }
}

function refuseDays(days: number): void {
  const { least, most } = RESTORE_DAYS
  if (Number.isInteger(days) && days >= least && days <= most) return
  refuse('request_invalid', [
    {
      code: 'restore_days',
      field: 'restoreDays',
      message: `must be a whole number from ${least} to ${most}`,
    },
  ])
}

/** AWS doesn't ask what is left below; here the caller is told, at least. */
async function warningsFor(
  { store: { reads } }: Pick<Ports, 'store'>,
  authority: Authority,
  now: Millis,
  until: Millis | undefined,
): Promise<readonly string[]> {
  if (until === undefined) return []
  const below = (await reads.authorities.all()).filter(
    (each) => each.parent === authority.id && holdsName(each),
  )
  const warnings = below.map(
    (each) =>
      `authority_below: “${each.name}” stands below it, and its certificate can’t be renewed from here`,
  )
  const filter = { authority: authority.id, status: 'valid' } as const
  const page = { limit: 1, after: undefined }
  if ((await reads.certificates.search(authority, filter, now, page)).items.length > 0)
    warnings.push(
      `certificates_valid: certificates that it issued are valid still; they can’t be revoked unless it is restored, by ${isoOf(until)}`,
    )
  return warnings
}
