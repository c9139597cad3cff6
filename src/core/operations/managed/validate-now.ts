import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { managedStatus, type ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { advanceManaged } from './advance-managed.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

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
  const managed = await managedAt(ports, principal, reference)
  if (managed.validateUntil === undefined) {
    const status = managedStatus(managed, ports.calendar.now())
    // The job may have been quicker: what was asked for is there.
    if (status === 'ISSUED') return managed
    throw new ChanceryError('state_conflict', `Nothing is being validated; the certificate is ${status}`)
  }
  await advanceManaged(ports, managed)
  return managedAt(ports, principal, managed.id)
}
