import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { managedStatus, renewalObstacle, type ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { advanceManaged } from './advance-managed.ts'
import { validationBegun } from './begin-validation.ts'
import { issueVersion } from './issue-version.ts'
import { changeManaged, managedAt, notYet } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

/**
 * Renews now, whether or not it is due or in use. A private certificate has its new version when this returns; a
 * validated one as soon as its names are proved again.
 * @param options.eligibleOnly as AWS has it: only what would be renewed by itself one day
 * @throws not_found; state_conflict for one that was imported, was never issued, is revoked, or is being renewed; as
 * issueCertificate
 */
export async function renewManaged(
  ports: Ports,
  principal: Principal,
  reference: string,
  { eligibleOnly = false, idempotency }: { readonly eligibleOnly?: boolean } & Once = {},
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'acm:RenewCertificate', reference)
  return idempotently(ports, principal, idempotency, {
    operation: 'RenewCertificate',
    attempt: (remember) => renew(ports, principal, reference, eligibleOnly, remember),
    replay: () => managedAt(ports, principal, reference),
  })
}

async function renew(
  ports: Ports,
  principal: Principal,
  reference: string,
  eligibleOnly: boolean,
  remember: Remember,
): Promise<ManagedCertificate> {
  const managed = await managedAt(ports, principal, reference)
  const now = ports.calendar.now()
  refuseUnrenewable(managed, now)
  const obstacle = eligibleOnly ? renewalObstacle(managed, now) : undefined
  if (obstacle !== undefined) throw new ChanceryError('state_conflict', `It is not renewed: ${obstacle}`)
  return managed.kind === 'private'
    ? renewAtOnce(ports, principal, managed, remember)
    : validateAnew(ports, principal, reference, remember)
}

async function renewAtOnce(
  ports: Ports,
  principal: Principal,
  managed: ManagedCertificate,
  remember: Remember,
): Promise<ManagedCertificate> {
  const event = renewedEvent(ports, principal, managed)
  try {
    return await issueVersion(ports, principal, {
      managed,
      now: ports.calendar.now(),
      alsoPublish: (writes, after) => [
        writes.managed.replace(managed, after),
        ...remember(writes, managed.id),
        writes.audit.append(event),
      ],
    })
  } catch (error) {
    if (error instanceof StoreConflict && error.subject === 'managed.replace')
      throw new ChanceryError(
        'state_conflict',
        'The certificate was changed by somebody else just now; look again',
        {
          cause: error,
        },
      )
    throw error
  }
}

async function validateAnew(
  ports: Ports,
  principal: Principal,
  reference: string,
  remember: Remember,
): Promise<ManagedCertificate> {
  const now = ports.calendar.now()
  const { id } = await managedAt(ports, principal, reference)
  const validations = await ports.store.reads.validations.of(id)
  const begun = await changeManaged(ports, principal, reference, (managed) => {
    refuseUnrenewable(managed, now)
    const event = renewedEvent(ports, principal, managed)
    const { after, alsoWrite } = validationBegun(managed, validations, now)
    return {
      after,
      alsoWrite: (writes) => [
        ...alsoWrite(writes),
        ...remember(writes, managed.id),
        writes.audit.append(event),
      ],
    }
  })
  await advanceManaged(ports, begun)
  return managedAt(ports, principal, id)
}

function refuseUnrenewable(managed: ManagedCertificate, now: number): void {
  const status = managedStatus(managed, now)
  const conflict = (message: string) => new ChanceryError('state_conflict', message)
  if (managed.kind === 'imported')
    throw conflict('It was imported, and only who issued it can renew it; import its successor in its place')
  if (status !== 'ISSUED' && status !== 'EXPIRED')
    throw conflict(`It is ${status}; only what was issued can be renewed`)
  if (managed.validateUntil !== undefined)
    throw notYet('its renewal is under way: its names are being validated')
}

function renewedEvent(
  ports: Pick<Ports, 'clock' | 'random'>,
  principal: Principal,
  managed: ManagedCertificate,
) {
  const time = ports.clock.now()
  return auditEvent('RenewCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
  })
}
