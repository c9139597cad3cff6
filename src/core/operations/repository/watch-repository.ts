import type { Authority } from '../../domain/authorities.ts'
import { cacheRuleFor, type CacheRule } from '../../domain/cache-rules.ts'
import { isObjectSubject, subjectOf, type Watched, type WatchedKind } from '../../domain/repository-alarms.ts'
import { MINUTE, SECOND, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { RepositoryClient } from '../../ports/repository-client.ts'
import { crlPath } from '../revocation/repository-urls.ts'
import { recordObservation } from './record-observation.ts'
import { amiss, watchCrl, type Observation } from './watch-crl.ts'
import { watchOcsp } from './watch-ocsp.ts'
import { watchedThings, type WatchedThing } from './watched-things.ts'

export type WatchPorts = Pick<
  Ports,
  'store' | 'verifier' | 'calendar' | 'clock' | 'random' | 'logger' | 'settings'
>

/** Things looked at in one round, and how long one lasts. */
const MOST = 200
const ROUND = 45 * SECOND
/** What is amiss is looked at in each round. */
const ALARMS = 50
/** From when something is due until it is there: the job's interval, and the making. */
const MAKING = MINUTE

export type WatchReport = {
  readonly looked: number
  readonly raised: number
  readonly ended: number
  /** Of what was looked at: the highest share of a life that is over. */
  readonly lifeUsed: Readonly<Partial<Record<WatchedKind, number>>>
  /** Where the next round begins: behind the last thing that was looked at in its turn. */
  readonly last: WatchedThing | undefined
}

/**
 * Looks at the public repository as its clients do, over HTTP: at what is amiss, and at some more of all there is, behind
 * what the round before came to.
 * @param last of the round before
 */
export async function watchRepository(
  ports: WatchPorts,
  client: RepositoryClient,
  cacheRules: readonly CacheRule[],
  last: WatchedThing | undefined,
  stopping: AbortSignal,
): Promise<WatchReport> {
  const end = ports.clock.now() + ROUND
  const report = {
    looked: 0,
    raised: 0,
    ended: await endGone(ports),
    lifeUsed: {},
    last,
  } as Writable<WatchReport>
  const seen = new Set<string>()
  for await (const { thing, authority, inTurn } of things(ports, last)) {
    if (stopping.aborted || ports.clock.now() >= end || report.looked >= MOST) break
    if (inTurn) report.last = thing
    const subject = subjectOf(thing)
    if (seen.has(subject)) continue
    seen.add(subject)
    for (const { watched, finding, lifeUsed = 0 } of await look(
      ports,
      client,
      cacheRules,
      thing,
      authority,
    )) {
      const change = await recordObservation(ports, subjectOf(watched), authority, finding)
      if (change !== 'nothing') report[change]++
      report.lifeUsed = {
        ...report.lifeUsed,
        [watched.kind]: Math.max(lifeUsed, report.lifeUsed[watched.kind] ?? 0),
      }
    }
    report.looked++
  }
  return report
}

type Writable<T> = { -readonly [Member in keyof T]: T[Member] }
type Turn = { readonly thing: WatchedThing; readonly authority: Authority; readonly inTurn: boolean }

/** What is amiss, then everything once, beginning behind `last`. */
async function* things(ports: WatchPorts, last: WatchedThing | undefined): AsyncIterable<Turn> {
  const now = ports.calendar.now()
  for (const alarm of await ports.store.reads.repository.alarms(ALARMS)) {
    const authority = await ports.store.reads.authorities.public(alarm.authority)
    if (authority === undefined) continue
    const thing = await thingOf(ports, authority, alarm.subject)
    if (thing !== undefined) yield { thing, authority, inTurn: false }
  }
  const all = await ports.store.reads.authorities.all()
  const start = Math.max(
    0,
    all.findIndex(({ id }) => id === last?.authority),
  )
  for (let step = 0; step <= all.length; step++) {
    const authority = all[(start + step) % all.length]
    if (authority === undefined) return
    const own = await watchedThings(ports, authority, now)
    const at = own.findIndex((thing) => last !== undefined && subjectOf(thing) === subjectOf(last)) + 1
    const from = step === 0 ? at : 0
    const to = step === all.length ? at : own.length
    for (const thing of own.slice(from, to)) yield { thing, authority, inTurn: true }
  }
}

/** What an alarm is about; a responder's certificate comes with its answers. */
async function thingOf(
  ports: WatchPorts,
  authority: Authority,
  subject: string,
): Promise<WatchedThing | undefined> {
  const found = await watchedThings(ports, authority, ports.calendar.now())
  return found.find(
    (thing) =>
      subjectOf(thing) === subject ||
      (thing.kind === 'ocsp' && subject === subjectOf({ ...thing, kind: 'responder' })),
  )
}

/** Ends alarms about what nobody fetches any more. */
async function endGone(ports: WatchPorts): Promise<number> {
  let ended = 0
  for (const alarm of await ports.store.reads.repository.alarms(ALARMS)) {
    const authority = await ports.store.reads.authorities.public(alarm.authority)
    if (authority === undefined || (await isThere(ports, authority, alarm.subject))) continue
    if ((await recordObservation(ports, alarm.subject, authority, undefined)) === 'ended') ended++
  }
  return ended
}

/** Of an object that is written elsewhere, who writes it says that it is there; where nobody does any more it is over. */
const isThere = async (ports: WatchPorts, authority: Authority, subject: string): Promise<boolean> =>
  isObjectSubject(subject)
    ? ports.settings.storedBuckets.length > 0
    : (await thingOf(ports, authority, subject)) !== undefined

type Seen = Observation & { readonly watched: Watched }

async function look(
  ports: WatchPorts,
  client: RepositoryClient,
  cacheRules: readonly CacheRule[],
  thing: WatchedThing,
  authority: Authority,
): Promise<readonly Seen[]> {
  const persistent = persistently(client)
  if (thing.kind === 'ocsp') return watchOcsp(ports, persistent, authority, MAKING)
  const kind = thing.kind === 'delta' ? 'delta' : 'complete'
  const expected = await ports.store.reads.crls.latest(thing.scope, kind)
  if (expected === undefined)
    return [{ watched: thing, ...unpublished(thing, authority, ports.calendar.now()) }]
  const file = `${thing.name}${thing.kind === 'delta' ? '-delta' : ''}.crl`
  const grace = cacheRuleFor(cacheRules, `/crl/${file}`).most + MAKING
  const path = crlPath(authority, file)
  return [{ watched: thing, ...(await watchCrl(ports, persistent, path, authority, expected, grace)) }]
}

/** One that came from elsewhere and waits for its revocations publishes nothing, nor does a shard that has just opened. */
function unpublished(
  { kind, scope }: WatchedThing,
  { status, createdAt }: Authority,
  now: Millis,
): Observation {
  const late =
    kind === 'crl' && scope.shard === undefined && status === 'ACTIVE' && now > createdAt + 10 * MAKING
  return late
    ? amiss('missing', 'no CRL has ever been published')
    : { finding: undefined, lifeUsed: undefined }
}

/** A connection that is lost once is no news. */
const persistently = (client: RepositoryClient): RepositoryClient => ({
  get: async (path, most) => {
    const answer = await client.get(path, most)
    return answer.outcome === 'answered' && answer.status < 500 ? answer : client.get(path, most)
  },
})
