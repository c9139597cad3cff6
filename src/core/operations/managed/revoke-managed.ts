import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import type { Ports } from '../../ports/ports.ts'
import { revokeCertificate } from '../certificates/revoke-certificate.ts'
import { inUse } from './delete-managed.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/**
 * Revokes the version that stands, also while it is in use: whoever revokes has a reason to. It isn't renewed by itself
 * any more.
 * @param request.sparing as AWS has it: only one whose key was handed out, and that nothing uses
 * @throws not_found; policy_refused, resource_in_use; state_conflict before there is a version, and for one that was imported; as revokeCertificate
 */
export async function revokeManaged(
  ports: Ports,
  principal: Principal,
  request: { readonly id: string; readonly reason: RevocationReason; readonly sparing?: boolean },
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
  if (request.sparing === true) spare(managed)
  const id = certificateIdOf(current.authority, current.serial)
  await revokeCertificate(ports, principal, { id, reason: request.reason })
  return managedAt(ports, principal, managed.id)
}

function spare(managed: ManagedCertificate): void {
  if (managed.inUseBy.length > 0) throw inUse(managed)
  if (managed.exportedVersion === undefined)
    throw new ChanceryError('policy_refused', 'Its key was never exported: nobody else can have it')
}
