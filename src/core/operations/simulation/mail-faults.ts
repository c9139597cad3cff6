import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { MOST_MAIL_FAULTS, type MailFault, type MailFaultKind } from '../../domain/mailboxes.ts'
import { canonicalDns, isRefusal } from '../../x509/dns-names.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { mailAddressFrom } from './mailboxes.ts'

type FaultPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>

export type MailFaultRequest = {
  /** An address, or a domain. */
  readonly target: string
  readonly kind: MailFaultKind
  /** How many mails it is for. */
  readonly times: number
}

/**
 * Orders what happens to the next mails for an address or a domain, whoever has it.
 * @throws request_invalid, limit_exceeded, forbidden to all but the installation's administrator
 */
export async function orderMailFault(
  ports: FaultPorts,
  principal: Principal,
  { target, kind, times, idempotency }: MailFaultRequest & Once,
): Promise<MailFault> {
  authorize(principal, 'chancery:OrderMailFaults', arns.installation())
  const fault: MailFault = {
    // Oldest first is the order of ids: on the clock that nobody sets.
    id: newUuid(ports.random, ports.clock.now()),
    target: target.includes('@') ? mailAddressFrom(target, 'target') : domainFrom(target),
    kind,
    remaining: times,
    createdAt: ports.calendar.now(),
  }
  const { mailFaults } = ports.store.reads
  return idempotently(ports, principal, idempotency, {
    operation: 'OrderMailFault',
    attempt: async (remember) => {
      if ((await mailFaults.all()).length >= MOST_MAIL_FAULTS)
        throw new ChanceryError('limit_exceeded', `there are at most ${MOST_MAIL_FAULTS} faults at a time`)
      await ports.store.transact((writes) => [
        writes.mailFaults.add(fault),
        ...remember(writes, fault.id),
        writes.audit.append(
          faultEvent('OrderMailFault', ports, principal, { id: fault.id, target: fault.target, kind, times }),
        ),
      ])
      return fault
    },
    replay: async (id) => stillThere((await mailFaults.all()).find((each) => each.id === id)),
  })
}

/** Those that still have mails to come, oldest first. */
export async function listMailFaults(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
): Promise<readonly MailFault[]> {
  authorize(principal, 'chancery:OrderMailFaults', arns.installation())
  return ports.store.reads.mailFaults.all()
}

/** @throws not_found */
export async function withdrawMailFault(ports: FaultPorts, principal: Principal, id: string): Promise<void> {
  authorize(principal, 'chancery:OrderMailFaults', arns.installation())
  try {
    await ports.store.transact((writes) => [
      writes.mailFaults.remove(id),
      writes.audit.append(faultEvent('WithdrawMailFault', ports, principal, { id })),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('not_found', 'id: there is no such fault; it may be used up')
    throw error
  }
}

function domainFrom(text: string): string {
  const domain = canonicalDns(text, 'no wildcard')
  if (!isRefusal(domain)) return domain
  throw new ChanceryError('request_invalid', `target: ${domain.message}`, {
    violations: [{ code: domain.code, field: 'target', message: domain.message }],
  })
}

function faultEvent(
  name: 'OrderMailFault' | 'WithdrawMailFault',
  { random, clock }: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  request: Readonly<Record<string, unknown>>,
): AuditEvent {
  const time = clock.now()
  const eventId = newUuid(random, time)
  return auditEvent(name, principal, { eventId, time, resources: [arns.installation()], request })
}
