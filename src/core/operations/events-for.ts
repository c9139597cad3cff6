import type { Actor } from '../domain/access.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../domain/audit.ts'
import type { AccountId } from '../domain/ids.ts'
import type { Ports } from '../ports/ports.ts'
import { newUuid } from './new-ids.ts'

type Facts = Omit<Parameters<typeof auditEvent>[2], 'eventId' | 'time' | 'recipient' | 'sharedEventId'>

/**
 * The audit event of something that concerns another account, too: a copy for each, which share an id as CloudTrail's do.
 * @param other undefined, or the actor's own account: nobody else hears of it
 */
export function eventsFor(
  ports: Pick<Ports, 'random' | 'clock'>,
  name: AuditEventName,
  actor: Actor,
  other: AccountId | undefined,
  facts: Facts,
): readonly AuditEvent[] {
  const time = ports.clock.now()
  const eventId = newUuid(ports.random, time)
  if (other === undefined || other === actor.account)
    return [auditEvent(name, actor, { ...facts, time, eventId })]
  const sharedEventId = newUuid(ports.random, time)
  return [
    auditEvent(name, actor, { ...facts, time, eventId, sharedEventId }),
    auditEvent(name, actor, {
      ...facts,
      time,
      eventId: newUuid(ports.random, time),
      sharedEventId,
      recipient: other,
    }),
  ]
}
