import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { CHAIN_START, eventLine, trailHeadLine, type ChainPlace } from '../../domain/audit-trail.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { readInstallation } from '../installation/initialize.ts'

/** A part is made in memory and at once: a megabyte, some milliseconds. */
const MOST_EVENTS = 1000

export type ExportedEvents = {
  /** JSON lines: a head, then the events; each with a line end. */
  readonly lines: string
  readonly events: number
  /** Of the last one, or where it was to begin. */
  readonly last: number
}

/**
 * A part of the audit trail as lines that `chancery audit verify` reads, from the event behind `after` on; from the first
 * one that isn't in an archive when undefined.
 * @throws forbidden; request_invalid when that event isn't there, because it never was or is in an archive
 */
export async function exportAuditEvents(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  after: number | undefined,
): Promise<ExportedEvents> {
  authorize(principal, 'chancery:ExportAuditTrail', arns.installation())
  const place = after === undefined ? await ports.store.reads.audit.start() : await placeOf(ports, after)
  if (place !== undefined) return trailPart(ports, place)
  const message = `event ${after} isn’t in the database: it never was, or is in an archive`
  throw new ChanceryError('request_invalid', `after: ${message}`, {
    violations: [{ code: 'after', field: 'after', message }],
  })
}

/** Events of the trail behind a place, as many as one part takes. */
export async function trailPart(ports: Pick<Ports, 'store'>, place: ChainPlace): Promise<ExportedEvents> {
  const installation = (await readInstallation(ports))?.id ?? ''
  const events = await ports.store.reads.audit.after(place.id, MOST_EVENTS)
  const head = trailHeadLine({ installation, first: place.id + 1, before: place.hash })
  const lines = [head, ...events.map(eventLine)].map((line) => `${line}\n`).join('')
  return { lines, events: events.length, last: events.at(-1)?.id ?? place.id }
}

/** Where the chain stood at an event; undefined when nothing here says so. */
export async function placeOf({ store }: Pick<Ports, 'store'>, id: number): Promise<ChainPlace | undefined> {
  if (id !== CHAIN_START.id) return store.reads.audit.at(id)
  const start = await store.reads.audit.start()
  return start.id === CHAIN_START.id ? start : undefined
}
