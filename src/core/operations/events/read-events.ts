import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { AccountEvent, AccountEventName } from '../../domain/authority-events.ts'
import { ChanceryError } from '../../domain/errors.ts'
import {
  isAuthorityId,
  isManagedId,
  type AuthorityId,
  type EventId,
  type ManagedId,
} from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { EventFilter } from '../../ports/event-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Place } from '../../ports/store.ts'

export type ListEventsRequest = {
  /** A managed certificate by id or ARN; it may be gone. */
  readonly certificate?: string
  /** An authority by id or ARN; it may be gone. */
  readonly authority?: string
  readonly names?: readonly AccountEventName[]
  readonly since?: Millis
  /** Id of an event: only what came after it. */
  readonly after?: string
  readonly page: PageRequest
}

/** What happened in the caller's account and region, oldest first. @throws request_invalid naming `certificate`, `authority` or `after` */
export async function listEvents(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: ListEventsRequest,
): Promise<Page<AccountEvent>> {
  const { names, since, after, page } = request
  authorize(principal, 'chancery:ListEvents', arns.events(principal))
  const filter: EventFilter = {
    ...aboutFrom(principal, request),
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
): Promise<AccountEvent> {
  authorize(principal, 'chancery:DescribeEvent', arns.event(principal, id))
  const event = await ports.store.reads.events.get(principal, id as EventId)
  if (event === undefined) throw new ChanceryError('not_found', 'event: there is no such event here')
  return event
}

/** @throws request_invalid naming `certificate` or `authority` */
function aboutFrom(place: Place, { certificate, authority }: ListEventsRequest): Pick<EventFilter, 'about'> {
  if (certificate !== undefined && authority !== undefined)
    throw invalid('authority', 'goes without `certificate`: an event is about one of them')
  if (certificate !== undefined) return { about: managedIdFrom(place, certificate) }
  return authority === undefined ? {} : { about: authorityIdFrom(place, authority) }
}

function authorityIdFrom(place: Place, reference: string): AuthorityId {
  const id = reference.split('/').at(-1) ?? ''
  if (isAuthorityId(id) && (reference === id || reference === arns.authority(place, id))) return id
  throw invalid('authority', 'is no id, and no ARN of this account and region, of an authority')
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
