import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { managedStatus, type ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { advanceManaged } from './advance-managed.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/** The job looks at the same certificate: it may be in between once, hardly ever twice. */
const LOOKS = 3

/**
 * Checks the names without waiting for the next turn, and issues if all are proved; one that is issued stays as it is.
 * @throws not_found; state_conflict when nothing is being validated; kms_unavailable, unavailable
 */
export async function validateNow(
  ports: Ports,
  principal: Principal,
  reference: string,
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'chancery:ValidateCertificate', reference)
  let managed = await managedAt(ports, principal, reference)
  if (managed.validateUntil === undefined) {
    const status = managedStatus(managed, ports.calendar.now())
    // The job may have been quicker: what was asked for is there.
    if (status === 'ISSUED') return managed
    throw new ChanceryError('state_conflict', `Nothing is being validated; the certificate is ${status}`)
  }
  for (let look = 0; look < LOOKS && managed.validateUntil !== undefined; look++) {
    const advance = await advanceManaged(ports, managed)
    managed = await managedAt(ports, principal, managed.id)
    // Somebody else stored what was so before this call: the caller wants to know how it is now.
    if (advance !== 'changed') break
  }
  return managed
}
