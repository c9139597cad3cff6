import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { managedAt } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/**
 * Deletes a managed certificate with its history. What was issued stays on record among the certificates, valid until it
 * ends or is revoked.
 * @throws not_found; resource_in_use naming its first users; state_conflict when it was changed meanwhile
 */
export async function deleteManaged(
  ports: Pick<Ports, 'store' | 'clock' | 'random'>,
  principal: Principal,
  reference: string,
): Promise<void> {
  await authorizeManaged(ports, principal, 'acm:DeleteCertificate', reference)
  const managed = await managedAt(ports, principal, reference)
  if (managed.inUseBy.length > 0) throw inUse(managed)
  const time = ports.clock.now()
  const event = auditEvent('DeleteCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
  })
  try {
    await ports.store.transact((writes) => [
      writes.managed.remove(managed),
      writes.events.dropNotice(managed.id),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    if (error.reason === 'refused') throw inUse(await managedAt(ports, principal, reference))
    throw new ChanceryError(
      'state_conflict',
      'The certificate was changed by somebody else just now; look again',
      {
        violations: [
          { code: 'changed_meanwhile', field: 'id', message: 'was changed by somebody else just now' },
        ],
        cause: error,
      },
    )
  }
}

/** So many users are named. */
const NAMED = 3

/** What uses it, as a refusal. */
export function inUse({ inUseBy }: ManagedCertificate): ChanceryError {
  const more = inUseBy.length > NAMED ? `, and ${inUseBy.length - NAMED} more` : ''
  return new ChanceryError(
    'resource_in_use',
    `The certificate is in use by ${inUseBy.slice(0, NAMED).join(', ')}${more}; end that use and record its end first`,
  )
}
