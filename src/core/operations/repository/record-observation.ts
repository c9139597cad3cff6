import { systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { Finding, RepositoryAlarm } from '../../domain/repository-alarms.ts'
import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Writes, Write } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

type AlarmPorts = Pick<Ports, 'store' | 'random' | 'clock' | 'logger'>

/** What an observation changed. */
export type Change = 'raised' | 'ended' | 'nothing'

/**
 * Raises an alarm for what is amiss and wasn't, ends it for what is right again; each with its event in the authority's
 * audit trail, in the same transaction.
 * @param subject as alarms have it
 */
export async function recordObservation(
  ports: AlarmPorts,
  subject: string,
  authority: Authority,
  finding: Finding | undefined,
): Promise<Change> {
  const open = await ports.store.reads.repository.alarm(subject)
  if (finding === undefined) return open === undefined ? 'nothing' : ended(ports, authority, open)
  if (open === undefined) return raised(ports, authority, subject, finding)
  if (open.reason !== finding.reason)
    await ports.store.transact((writes) => [writes.repository.changeAlarm({ ...open, ...finding })])
  return 'nothing'
}

async function raised(
  ports: AlarmPorts,
  authority: Authority,
  subject: string,
  finding: Finding,
): Promise<Change> {
  const since = ports.clock.now()
  const alarm: RepositoryAlarm = {
    id: newUuid(ports.random, since),
    subject,
    authority: authority.id,
    ...finding,
    since,
    recoveredAt: undefined,
  }
  ports.logger.error(
    { authority: authority.id, subject, ...finding },
    'the public repository is not as it must be',
  )
  const event = alarmEvent(ports, 'RaiseRepositoryAlarm', authority, alarm)
  return written(ports, 'raised', (writes) => [writes.repository.raise(alarm), writes.audit.append(event)])
}

async function ended(ports: AlarmPorts, authority: Authority, alarm: RepositoryAlarm): Promise<Change> {
  const { subject, id } = alarm
  ports.logger.info({ authority: authority.id, subject }, 'the public repository is as it must be again')
  const event = alarmEvent(ports, 'EndRepositoryAlarm', authority, alarm)
  return written(ports, 'ended', (writes) => [
    writes.repository.endAlarm(id, ports.clock.now()),
    writes.audit.append(event),
  ])
}

/** Another server that looked at the same time has said it already. */
async function written(
  { store }: AlarmPorts,
  change: Change,
  build: (writes: Writes) => readonly Write[],
): Promise<Change> {
  try {
    await store.transact(build)
    return change
  } catch (error) {
    if (error instanceof StoreConflict) return 'nothing'
    throw error
  }
}

function alarmEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  name: AuditEventName,
  { id, account, region }: Authority,
  { subject, reason, detail, since }: RepositoryAlarm,
): AuditEvent {
  const principal = systemActor('repository-watch', { account, region })
  const time = ports.clock.now()
  return auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, id)],
    response: { subject, reason, detail, since: isoOf(since) },
  })
}
