import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { newUuid } from '../new-ids.ts'
import { nameViolations } from './authority-violations.ts'
import { nameTaken } from './name-taken.ts'
import { findAuthority } from './signing-authority.ts'

export type RestoreAuthorityRequest = {
  readonly reference: string
  /** Its name from now on: for when another authority has taken its own meanwhile. */
  readonly name?: string
}

/**
 * Brings a deleted authority back to what it was: DISABLED, PENDING_CERTIFICATE or EXPIRED.
 * @throws not_found, request_invalid (name), state_conflict when it isn't deleted or its time is over, already_exists
 * when another authority has its name
 */
export async function restoreAuthority(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  request: RestoreAuthorityRequest,
): Promise<Authority> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:RestoreCertificateAuthority', request.reference)
  const authority = await findAuthority(ports, principal, request.reference)
  const status = requireTransition(authority, 'restore', ports.calendar.now())
  const name = request.name ?? authority.name
  // What has no name of its own is called by its id, which nobody may ask for.
  if (request.name !== undefined) refuse('request_invalid', nameViolations(name))
  const time = ports.clock.now()
  const event = auditEvent('RestoreCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id)],
    request: { name: request.name },
    response: { status },
  })
  try {
    await ports.store.transact((writes) => [
      writes.authorities.restore(authority.id, name),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    if (error.reason === 'exists') throw nameTaken(name, error)
    throw new ChanceryError('state_conflict', 'The authority was changed by somebody else just now', {
      cause: error,
    })
  }
  return { ...authority, name, status, deletion: undefined }
}
