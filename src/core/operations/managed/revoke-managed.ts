import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import type { Ports } from '../../ports/ports.ts'
import { revokeCertificate } from '../certificates/revoke-certificate.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/**
 * Revokes the version that stands, also while it is in use: whoever revokes has a reason to. It isn't renewed by itself
 * any more.
 * @throws not_found; state_conflict before there is a version, and for one that was imported; as revokeCertificate
 */
export async function revokeManaged(
  ports: Ports,
  principal: Principal,
  request: { readonly id: string; readonly reason: RevocationReason },
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'acm:RevokeCertificate', request.id)
  const managed = await managedAt(ports, principal, request.id)
  const { current } = managed
  if (current?.authority === undefined)
    throw new ChanceryError(
      'state_conflict',
      managed.kind === 'imported'
        ? 'It was imported, and only who issued it can revoke it'
        : `There is nothing to revoke; it is ${managed.status}`,
    )
  const id = certificateIdOf(current.authority, current.serial)
  await revokeCertificate(ports, principal, { id, reason: request.reason })
  return managedAt(ports, principal, managed.id)
}
