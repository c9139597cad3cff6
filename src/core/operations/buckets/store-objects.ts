import type { Authority } from '../../domain/authorities.ts'
import type { CrlFailure } from '../../domain/authority-events.ts'
import { storingDelay, type ObjectSource, type OutgoingObject } from '../../domain/outgoing-objects.ts'
import { objectSubject } from '../../domain/repository-alarms.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { tellOfAuthority } from '../events/told-of-authority.ts'
import { recordObservation } from '../repository/record-observation.ts'
import { contentOf, isNewer, isStored, nameOf, type OutgoingContent } from './outgoing-content.ts'

export type StoringPorts = Pick<
  Ports,
  'store' | 'reportFiles' | 'random' | 'calendar' | 'clock' | 'logger' | 'settings'
>

/** Objects whose rows are held at a time. */
const BATCH = 100
/** Written at a time. */
const AT_ONCE = 4
/** A storage may miss a beat; who fails twice in a row needs to be looked after. */
const ALARMING = 2

export type StoringReport = { stored: number; failed: number }

/** Why an object isn't there as it should be. `refused`: somebody has to change something; `failed`: it may pass. */
type Failure = { readonly outcome: 'refused' | 'failed'; readonly detail: string }

type Outcome = {
  readonly source: ObjectSource
  readonly name: string
  /** Undefined where nothing has to stand there any more. */
  readonly content: OutgoingContent | undefined
  readonly failure: Failure | undefined
}

/**
 * Writes what is due to the operator's storage: always the current CRL, and never over a newer one. What fails is tried
 * again, later each time. When it isn't about the object, the storage is left alone until the next turn.
 * @param stopping ends it early
 */
export async function storeDueObjects(
  ports: StoringPorts,
  storage: ObjectStore,
  stopping: AbortSignal,
): Promise<StoringReport> {
  const report = { stored: 0, failed: 0 }
  let down = false
  for (;;) {
    const due = await ports.store.reads.outgoingObjects.due(ports.clock.now(), BATCH)
    if (due.length === 0) return report
    const queue = due.values()
    const worker = async (): Promise<void> => {
      for (const outgoing of queue) {
        if (down || stopping.aborted) return
        const failure = await storeOne(ports, storage, outgoing, stopping)
        report[failure === undefined ? 'stored' : 'failed']++
        down ||= failure?.outcome === 'failed'
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    if (down || stopping.aborted) return report
  }
}

async function storeOne(
  ports: StoringPorts,
  storage: ObjectStore,
  outgoing: OutgoingObject,
  stopping: AbortSignal,
): Promise<Failure | undefined> {
  const { source } = outgoing
  const { authority: id } = source.kind === 'report' ? source : source.scope
  const authority = await ports.store.reads.authorities.public(id)
  const name = await nameOf(ports, source)
  const wanted = async () => authority && (await contentOf(ports, authority, source, name))
  const content = await wanted()
  const isOvertaken = async () => (await wanted())?.number !== content?.number
  const failure = content && (await written(ports, storage, content, stopping))
  // A server that stops is no failure of the storage's: the row waits for the next one.
  if (failure !== undefined && stopping.aborted) return failure
  if (failure === undefined) await settle(ports, outgoing, content && (await isOvertaken()))
  else await postpone(ports, outgoing, failure)
  const alarming = failure === undefined || outgoing.failures + 1 >= ALARMING
  if (authority !== undefined && alarming) await tell(ports, authority, { source, name, content, failure })
  return failure
}

/**
 * @param overtaken by a newer CRL. Another server may have written that before us and settled it, and a storage that knows no
 * conditions has let ours over it: the newer one is due again.
 */
const settle = (ports: StoringPorts, outgoing: OutgoingObject, overtaken = false): Promise<void> =>
  ports.store.transact(({ outgoingObjects }) => [
    outgoingObjects.settle(outgoing),
    ...(overtaken ? [outgoingObjects.add(outgoing.source, ports.clock.now())] : []),
  ])

/** Looks, writes, and looks again: a storage that knows no conditions may have let another server write in between. */
async function written(
  ports: StoringPorts,
  storage: ObjectStore,
  content: OutgoingContent,
  stopping: AbortSignal,
): Promise<Failure | undefined> {
  const { name, object } = content
  try {
    const before = await storage.stat(name, stopping)
    if (before.outcome === 'refused' || before.outcome === 'failed') return before
    const there = before.outcome === 'found' ? before.object : undefined
    if (there !== undefined && isStored(content, there)) return undefined
    if (there !== undefined && isNewer(there, content)) return NEWER
    const put = await storage.put(name, object, there?.etag, stopping)
    if (put.outcome === 'changed') return CHANGED
    if (put.outcome !== 'stored') return put
    const after = await storage.stat(name, stopping)
    if (after.outcome === 'refused' || after.outcome === 'failed') return after
    return after.outcome === 'found' && isStored(content, after.object) ? undefined : CHANGED
  } catch (error) {
    // Of our own: the CRL was dropped for a newer one, a report's file can't be read.
    ports.logger.warn({ err: error, ...name }, 'an object could not be read to be stored')
    return { outcome: 'refused', detail: 'it could not be read; the log says why' }
  }
}

const NEWER: Failure = {
  outcome: 'refused',
  detail: 'a CRL with a higher number stands there, which is not replaced by an older one',
}
const CHANGED: Failure = { outcome: 'refused', detail: 'somebody else wrote it in the meantime' }

const postpone = (ports: StoringPorts, outgoing: OutgoingObject, { detail }: Failure): Promise<void> => {
  const failures = outgoing.failures + 1
  ports.logger.warn({ ...outgoing.source, failures, detail }, 'an object could not be stored yet')
  const [octet = 0] = ports.random.bytes(1)
  const until = ports.clock.now() + storingDelay(failures, octet / 255)
  return ports.store.transact((writes) => [writes.outgoingObjects.postpone(outgoing, until)])
}

/** The operator, by an alarm that begins or ends; the account, of a CRL, in AWS's words. */
async function tell(
  ports: StoringPorts,
  authority: Authority,
  { source, name, content, failure }: Outcome,
): Promise<void> {
  const where = content === undefined ? '' : `${content.name.bucket}/${content.name.key}: `
  const finding = failure && ({ reason: 'unwritten', detail: where + failure.detail } as const)
  const subject = objectSubject(source.kind === 'delta' ? `${name}-delta` : name)
  await recordObservation(ports, subject, authority, finding)
  if (failure === undefined || content?.number === undefined) return
  const why: CrlFailure = failure.outcome === 'refused' ? 'refused' : 'writing'
  const { number } = content
  await tellOfAuthority(ports, authority, { name: 'CRL_GENERATION', file: name, number, failure: why })
}
