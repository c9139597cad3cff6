import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { DnsFault, DnsFaultKind } from '../../domain/dns-faults.ts'
import { recordNameFrom } from '../../domain/dns-names.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { perspectiveViolations } from './perspective-named.ts'

export type OrderDnsFaultRequest = {
  readonly name: string
  readonly below?: boolean
  readonly type?: string
  readonly kind: DnsFaultKind
  readonly milliseconds?: number
  /** Until it is withdrawn when absent. */
  readonly times?: number
  readonly perspective?: string
}

/** Each question looks at all of them. */
const MAX_FAULTS = 1000
const MAX_MILLISECONDS = 60_000
const MAX_TIMES = 1_000_000

/**
 * Orders the simulated DNS to do something wrong.
 * @throws request_invalid naming everything that is wrong, limit_exceeded
 */
export async function orderDnsFault(
  ports: Pick<Ports, 'store' | 'random' | 'clock' | 'calendar' | 'perspectives'>,
  principal: Principal,
  { idempotency, ...request }: OrderDnsFaultRequest & Once,
): Promise<DnsFault> {
  authorize(principal, 'chancery:OrderDnsFault', arns.installation())
  const read = recordNameFrom(request.name)
  refuse('request_invalid', [
    ...('problem' in read ? [{ code: 'fault_name', field: 'name', message: read.problem }] : []),
    ...delayViolations(request),
    ...perspectiveViolations(ports, request.perspective),
  ])
  const { name } = read as { name: string }
  return idempotently(ports, principal, idempotency, {
    operation: 'OrderDnsFault',
    attempt: (remember) => addFault(ports, principal, { ...request, name }, remember),
    replay: async (id) => {
      const faults = await ports.store.reads.dnsFaults.all()
      return stillThere(faults.find((fault) => fault.id === id))
    },
  })
}

async function addFault(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  { name, below = false, type, kind, milliseconds, times, perspective }: OrderDnsFaultRequest,
  remember: Remember,
): Promise<DnsFault> {
  if ((await ports.store.reads.dnsFaults.all()).length >= MAX_FAULTS)
    throw new ChanceryError('limit_exceeded', `there are ${MAX_FAULTS} faults already; withdraw some`)
  const time = ports.clock.now()
  const fault: DnsFault = {
    id: newUuid(ports.random, time),
    name,
    below,
    type,
    kind,
    milliseconds,
    remaining: times,
    perspective,
    createdAt: time,
  }
  const event = auditEvent('OrderDnsFault', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: { name, below, type, kind, milliseconds, times, perspective },
  })
  await ports.store.transact((writes) => [
    writes.dnsFaults.add(fault),
    ...remember(writes, fault.id),
    writes.audit.append(event),
  ])
  return fault
}

function delayViolations({ kind, milliseconds, times }: OrderDnsFaultRequest): Violation[] {
  const within = (value: number, most: number) => Number.isInteger(value) && value >= 1 && value <= most
  const violations: Violation[] = []
  const note = (field: string, message: string) => void violations.push({ code: 'fault', field, message })
  if (kind === 'slow' && milliseconds === undefined) note('milliseconds', 'says how late slow answers are')
  if (kind !== 'slow' && milliseconds !== undefined)
    note('milliseconds', `goes with slow only, not with ${kind}`)
  if (milliseconds !== undefined && !within(milliseconds, MAX_MILLISECONDS))
    note('milliseconds', `must be 1 to ${MAX_MILLISECONDS}`)
  if (times !== undefined && !within(times, MAX_TIMES)) note('times', `must be 1 to ${MAX_TIMES}`)
  return violations
}

/** The faults that still spoil answers, oldest first. */
export async function listDnsFaults(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
): Promise<readonly DnsFault[]> {
  authorize(principal, 'chancery:OrderDnsFault', arns.installation())
  return ports.store.reads.dnsFaults.all()
}

/** Withdraws a fault, or all of them. @throws not_found */
export async function withdrawDnsFaults(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  id: string | undefined,
): Promise<void> {
  authorize(principal, 'chancery:OrderDnsFault', arns.installation())
  const time = ports.clock.now()
  const event = auditEvent('WithdrawDnsFault', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: { id: id ?? 'all' },
  })
  try {
    await ports.store.transact((writes) => [
      id === undefined ? writes.dnsFaults.removeAll() : writes.dnsFaults.remove(id),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('not_found', 'fault: there is no such fault, or it is spent', { cause: error })
  }
}
