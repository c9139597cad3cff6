import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { restoreWarnings } from './restores.ts'

/**
 * Says that somebody has read what a restore means, after which it is no longer warned of.
 * @throws forbidden for all but administrators of the installation; state_conflict when there is nothing to read
 */
export async function acknowledgeRestore(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
): Promise<void> {
  authorize(principal, 'chancery:AcknowledgeRestore', arns.installation())
  if ((await restoreWarnings(ports)).length === 0)
    throw new ChanceryError('state_conflict', 'There is no restore that nobody has acknowledged')
  const time = ports.clock.now()
  const event = auditEvent('AcknowledgeRestore', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
  })
  await ports.store.transact((writes) => [writes.restores.acknowledge(time), writes.audit.append(event)])
}
