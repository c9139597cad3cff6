import { type Principal, systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority, FailureReason } from '../../domain/authorities.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Store } from '../../ports/store.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { newUuid } from '../new-ids.ts'

type FailingPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>

const making = new WeakMap<Store, Set<AuthorityId>>()
/** Authorities whose keys this process is making now. */
export function underWay(store: Store): Set<AuthorityId> {
  const known = making.get(store) ?? new Set<AuthorityId>()
  making.set(store, known)
  return known
}

/** AWS's reasons: a key that its KMS can't make is UNSUPPORTED_ALGORITHM. */
export const failureReasonOf = (error: unknown): FailureReason =>
  error instanceof ChanceryError && error.violations.some(({ field }) => field === 'keyAlgorithm')
    ? 'UNSUPPORTED_ALGORITHM'
    : 'OTHER'

/**
 * Makes an authority in CREATING FAILED, for good. Never throws: what can't be stored now is done by the job.
 * @returns false when there is nothing to fail: it has become something else, or a living server is at it
 */
export async function failCreation(
  ports: FailingPorts,
  principal: Principal,
  { id, account, region }: Authority,
  reason: FailureReason,
): Promise<boolean> {
  const time = ports.clock.now()
  const event = auditEvent('FailCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority({ account, region }, id)],
    response: { failureReason: reason },
  })
  const failed = { name: 'AUTHORITY_CREATION', result: 'failure' } as const
  try {
    const told = await toldOfAuthority(ports, { id, account, region }, failed, ports.calendar.now())
    await ports.store.transact((writes) => [
      writes.authorities.fail(id, reason),
      ...told(writes),
      writes.audit.append(event),
    ])
    return true
  } catch (error) {
    if (!(error instanceof StoreConflict))
      ports.logger.error({ err: error, authority: id }, 'could not record that an authority was not made')
    return false
  }
}

/** Fails what a server left in CREATING: this one by a fault, another one by its death. On each server. */
export async function failUnfinishedCreations(
  ports: FailingPorts & Pick<Ports, 'settings'>,
): Promise<{ failed: number }> {
  const { serverId } = ports.settings
  const left = await ports.store.reads.authorities.unfinished(serverId, ports.clock.now())
  let failed = 0
  for (const authority of left) {
    if (underWay(ports.store).has(authority.id)) continue
    const principal = systemActor('reconciler', authority)
    if (await failCreation(ports, principal, authority, 'REQUEST_TIMED_OUT')) failed++
  }
  return { failed }
}
