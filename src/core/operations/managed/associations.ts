import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import {
  MAX_ASSOCIATIONS,
  managedStatus,
  type ManagedCertificate,
} from '../../domain/managed-certificates.ts'
import { regionLockRefusal, resourceArnFrom, type ResourceArn } from '../../domain/region-lock.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { scheduled } from './issue-version.ts'
import { changeManaged } from './managed-at.ts'
import { authorizeManaged } from './authorize-managed.ts'

type AssociationPorts = Pick<Ports, 'store' | 'calendar' | 'clock' | 'random' | 'settings'>

/**
 * Records that a resource uses the certificate, once or again: from then on it can't be deleted and is renewed by itself.
 * @throws request_invalid; policy_refused naming the region that a certificate for this resource has to be in;
 * state_conflict for one that isn't issued; limit_exceeded; not_found
 */
export async function associate(
  ports: AssociationPorts,
  principal: Principal,
  request: { readonly id: string; readonly resourceArn: string },
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'chancery:AssociateCertificate', request.id)
  const resource = resourceArnFrom(request.resourceArn, principal.account)
  const now = ports.calendar.now()
  return changeManaged(ports, principal, request.id, (managed) => {
    const { inUseBy } = managed
    refuseOtherRegion(ports, managed, resource)
    if (inUseBy.includes(resource.arn)) return undefined
    const status = managedStatus(managed, now)
    if (status !== 'ISSUED')
      throw new ChanceryError(
        'state_conflict',
        `The certificate is ${status}; only an issued one can be used`,
      )
    if (inUseBy.length >= MAX_ASSOCIATIONS)
      throw new ChanceryError(
        'limit_exceeded',
        `At most ${MAX_ASSOCIATIONS} resources may use one certificate`,
      )
    return {
      after: scheduled({ ...managed, inUseBy: [...inUseBy, resource.arn] }, now),
      alsoWrite: (writes) => [
        writes.associations.add(managed.id, resource.arn, now),
        writes.audit.append(
          associationEvent(ports, principal, managed, 'AssociateCertificate', resource.arn),
        ),
      ],
    }
  })
}

function refuseOtherRegion(
  { settings }: Pick<Ports, 'settings'>,
  { region }: ManagedCertificate,
  resource: ResourceArn,
): void {
  const refusal = settings.regionLock ? regionLockRefusal(resource, region, settings.globalRegion) : undefined
  if (refusal !== undefined)
    throw new ChanceryError('policy_refused', `resourceArn: ${refusal.message}`, {
      violations: [{ code: 'region_lock', field: 'resourceArn', message: refusal.message }],
      details: { region: refusal.region },
    })
}

/** Records that a resource no longer uses the certificate. @throws not_found for either */
export async function dissociate(
  ports: AssociationPorts,
  principal: Principal,
  request: { readonly id: string; readonly resourceArn: string },
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'chancery:AssociateCertificate', request.id)
  const { resourceArn } = request
  const now = ports.calendar.now()
  const unknown = () => new ChanceryError('not_found', 'resourceArn: the certificate isn’t used by it')
  try {
    return await changeManaged(ports, principal, request.id, (managed) => {
      if (!managed.inUseBy.includes(resourceArn)) throw unknown()
      const inUseBy = managed.inUseBy.filter((each) => each !== resourceArn)
      return {
        after: scheduled({ ...managed, inUseBy }, now),
        alsoWrite: (writes) => [
          writes.associations.remove(managed.id, resourceArn),
          writes.audit.append(
            associationEvent(ports, principal, managed, 'DissociateCertificate', resourceArn),
          ),
        ],
      }
    })
  } catch (error) {
    if (error instanceof StoreConflict && error.subject === 'associations.remove') throw unknown()
    throw error
  }
}

function associationEvent(
  ports: Pick<Ports, 'clock' | 'random'>,
  principal: Principal,
  managed: ManagedCertificate,
  name: 'AssociateCertificate' | 'DissociateCertificate',
  resourceArn: string,
) {
  const time = ports.clock.now()
  return auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(managed, managed.id)],
    request: { resourceArn },
  })
}
