import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import { STACK_NAME, type Stack } from '../../domain/stacks.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { refuseOtherRevision } from './refuse-other-revision.ts'

/** What a stack is to be from now on. */
export type StackRequest = Pick<Stack, 'name' | 'status' | 'description' | 'document'> & {
  /** The revision that it takes the place of; 0: there is none yet. */
  readonly revision: number
}

/**
 * Keeps what was made from a template, in place of what was kept before.
 * @throws request_invalid (name), not_found, state_conflict when another revision stands
 */
export async function putStack(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>,
  principal: Principal,
  { revision, name, status, description, document }: StackRequest,
): Promise<Stack> {
  authorize(principal, 'chancery:PutStack', arns.stack(principal, name))
  if (!STACK_NAME.test(name)) {
    const message = 'must be 1 to 128 letters, digits and hyphens, a letter first'
    refuse('request_invalid', [{ code: 'stack_name', field: 'stack', message }])
  }
  const now = ports.calendar.now()
  const current = await ports.store.reads.stacks.byName(principal, name)
  refuseOtherRevision(current, revision)
  const stack: Stack = {
    id: current?.id ?? newUuid(ports.random, now),
    account: principal.account,
    region: principal.region,
    name,
    revision: revision + 1,
    status,
    description,
    document,
    createdAt: current?.createdAt ?? now,
    updatedAt: now,
  }
  const time = ports.clock.now()
  const event = auditEvent('PutStack', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.stack(principal, name)],
    request: { name, revision: stack.revision, status },
  })
  try {
    await ports.store.transact(({ stacks, audit }) => [
      current === undefined ? stacks.add(stack) : stacks.replace(stack),
      audit.append(event),
    ])
    return stack
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', 'revision: somebody else changed the stack just now', {
      cause: error,
    })
  }
}
