import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { CertificateEvent, CertificateEventName } from '../../domain/certificate-events.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isManagedId, type EventId, type ManagedId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { EventFilter } from '../../ports/event-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Place } from '../../ports/store.ts'

export type ListEventsRequest = {
  /** A managed certificate by id or ARN; it may be gone. */
  readonly certificate?: string
  readonly names?: readonly CertificateEventName[]
  readonly since?: Millis
  /** Id of an event: only what came after it. */
  readonly after?: string
  readonly page: PageRequest
}

/** What happened in the caller's account and region, oldest first. @throws request_invalid naming `certificate` or `after` */
export async function listEvents(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  { certificate, names, since, after, page }: ListEventsRequest,
): Promise<Page<CertificateEvent>> {
  authorize(principal, 'chancery:ListEvents', arns.events(principal))
  const filter: EventFilter = {
    ...(certificate === undefined ? {} : { certificate: managedIdFrom(principal, certificate) }),
    ...(names === undefined ? {} : { names }),
    ...(since === undefined ? {} : { since }),
    ...(after === undefined ? {} : { after: await sequenceOf(ports, principal, after) }),
  }
  return ports.store.reads.events.list(principal, filter, page)
}

/** @throws not_found */
export async function describeEvent(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  id: string,
): Promise<CertificateEvent> {
  authorize(principal, 'chancery:DescribeEvent', arns.event(principal, id))
  const event = await ports.store.reads.events.get(principal, id as EventId)
  if (event === undefined) throw new ChanceryError('not_found', 'event: there is no such event here')
  return event
}

function managedIdFrom(place: Place, reference: string): ManagedId {
  const id = reference.split('/').at(-1) ?? ''
  if (isManagedId(id) && (reference === id || reference === arns.managed(place, id))) return id
  throw invalid('certificate', 'is no id, and no ARN of this account and region, of a managed certificate')
}

async function sequenceOf(ports: Pick<Ports, 'store'>, place: Place, id: string): Promise<number> {
  const event = await ports.store.reads.events.get(place, id as EventId)
  if (event !== undefined) return event.sequence
  throw invalid('after', 'there is no such event here')
}

const invalid = (field: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: field, field, message }],
  })
