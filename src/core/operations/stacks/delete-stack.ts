import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { stackNamed } from './read-stacks.ts'
import { refuseOtherRevision } from './refuse-other-revision.ts'

/**
 * Forgets a stack; what was made from its template stays what it is.
 * @throws not_found, state_conflict when another revision stands
 */
export async function deleteStack(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  { name, revision }: { readonly name: string; readonly revision: number },
): Promise<void> {
  authorize(principal, 'chancery:DeleteStack', arns.stack(principal, name))
  const stack = await stackNamed(ports, principal, name)
  refuseOtherRevision(stack, revision)
  const time = ports.clock.now()
  const event = auditEvent('DeleteStack', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.stack(principal, name)],
    request: { name, revision },
  })
  try {
    await ports.store.transact((writes) => [writes.stacks.remove(stack), writes.audit.append(event)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', 'revision: somebody else changed the stack just now', {
      cause: error,
    })
  }
}
