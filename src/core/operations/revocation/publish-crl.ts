import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { lacks, nextVariety, type PublishedCrl } from '../../domain/published-crls.ts'
import type { Millis } from '../../domain/time.ts'
import type { ScopeState } from '../../ports/crl-store.ts'
import type { Store, Write, Writes } from '../../ports/store.ts'
import { outgoing } from '../buckets/outgoing.ts'
import { issuingAuthority } from '../authorities/signing-authority.ts'
import { crlEvent, type CrlMaking, type CrlPorts } from './crl-making.ts'
import { livingScopes } from './living-scopes.ts'
import { madeComplete, type MadeComplete } from './make-complete.ts'
import { deltaEntries, madeDelta } from './make-delta.ts'
import { tellUnpublished, toldOfCrl } from './told-of-crl.ts'
import { readBack } from './read-back.ts'

/** Another process may publish at the same time; then ours is made anew, so that it is never a step back. */
const TRIES = 8

type Queue = { current: Promise<PublishedCrl>; next: Promise<PublishedCrl> | undefined }
const queues = new WeakMap<Store, Map<string, Queue>>()

/**
 * Publishes a CRL that holds everything revoked before this call: a complete one, or a delta where the authority has
 * those and the complete one is young. Calls that come while one is being made share the next one.
 * @throws not_found, state_conflict, kms_unavailable, unavailable
 */
export function publishCrl(ports: CrlPorts, scope: CrlScope): Promise<PublishedCrl> {
  const all = queues.get(ports.store) ?? new Map<string, Queue>()
  queues.set(ports.store, all)
  const name = `${scope.authority}/${scope.shard ?? ''}`
  const queue = all.get(name)
  const start = (): Promise<PublishedCrl> => {
    const made = publish(ports, scope).catch(async (error: unknown) => {
      await tellUnpublished(ports, scope, error)
      throw error
    })
    const mine: Queue = { current: made, next: undefined }
    all.set(name, mine)
    return made.finally(() => {
      if (all.get(name) === mine && mine.next === undefined) all.delete(name)
    })
  }
  if (queue === undefined) return start()
  // What runs may have read the revocations before this caller's: wait for one that starts after it.
  return (queue.next ??= queue.current.then(start, start))
}

/**
 * The last CRLs of an authority whose key is about to be destroyed: valid until its own certificate ends, since there can
 * be none after them.
 * @returns when they end; undefined where the authority has none
 * @throws not_found, state_conflict, kms_unavailable, unavailable
 */
export async function publishFinalCrls(ports: CrlPorts, id: AuthorityId): Promise<Millis | undefined> {
  const { authority, facts } = await issuingAuthority(ports, id)
  const scopes = await livingScopes(ports, authority, ports.calendar.now())
  for (const scope of scopes) await publish(ports, scope, facts.notAfter)
  return scopes.length === 0 ? undefined : facts.notAfter
}

async function publish(ports: CrlPorts, scope: CrlScope, ends?: Millis): Promise<PublishedCrl> {
  const wanted = await stateOf(ports, scope)
  let before = numberOf(wanted)
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      return await publishOnce(ports, scope, ends)
    } catch (error) {
      const state = await stateOf(ports, scope)
      const stale = error instanceof StoreConflict && error.reason === 'stale'
      // Another server published meanwhile: also when what this one had kept is gone.
      if (!stale && numberOf(state) === before) throw error
      before = numberOf(state)
      const theirs = newest(state)
      // That one will do, if it has everything from before this call.
      const asGood = theirs !== undefined && theirs.number > numberOf(wanted) && !lacks(theirs, wanted)
      if (asGood && ends === undefined) return theirs
    }
  }
  throw new ChanceryError('unavailable', 'Other servers keep publishing this CRL; try again', {
    retryAfterSeconds: 1,
  })
}

const numberOf = (state: ScopeState): bigint => newest(state)?.number ?? 0n

const newest = ({ complete, delta }: ScopeState): PublishedCrl | undefined =>
  delta !== undefined && delta.number > (complete?.number ?? 0n) ? delta : complete

async function stateOf({ store }: Pick<CrlPorts, 'store'>, scope: CrlScope): Promise<ScopeState> {
  const [state] = await store.reads.crls.states([scope])
  if (state === undefined) throw new ChanceryError('internal', 'crl: one scope has one state')
  return state
}

async function publishOnce(
  ports: CrlPorts,
  scope: CrlScope,
  ends: Millis | undefined,
): Promise<PublishedCrl> {
  const issuer = await issuingAuthority(ports, scope.authority)
  // The number first: whoever claims a higher one later reads the revocations later, too.
  const number = await claimed(ports, scope)
  const shard = scope.shard === undefined ? undefined : await ports.store.reads.shards.get(scope.shard)
  const state = await stateOf(ports, scope)
  const making: CrlMaking = { issuer, scope, shard, state, now: ports.calendar.now(), ends, anew: false }
  const { revocation } = issuer.authority
  const small = ends === undefined && nextVariety(state, revocation, making.now) === 'delta'
  const delta = small ? await publishedDelta(ports, making, number) : undefined
  return delta ?? publishedComplete(ports, making, number).catch(madeAnew(ports, making))
}

/** Entries that the disk has changed are made anew, from the revocations themselves. */
const madeAnew = (ports: CrlPorts, making: CrlMaking) => async (error: unknown) => {
  if (!(error instanceof ChanceryError && error.code === 'internal')) throw error
  ports.logger.error({ err: error, ...making.scope }, 'a CRL is made anew: entries of it can’t be used')
  return publishedComplete(ports, { ...making, anew: true }, await claimed(ports, making.scope))
}

async function claimed({ store }: Pick<CrlPorts, 'store'>, scope: CrlScope): Promise<bigint> {
  const number = (await store.reads.crls.lastNumber(scope)) + 1n
  await store.transact((writes) => [writes.crls.claimNumber(scope, number)])
  return number
}

/** @returns undefined where so much has changed that a complete one is better */
async function publishedDelta(
  ports: CrlPorts,
  making: CrlMaking,
  number: bigint,
): Promise<PublishedCrl | undefined> {
  const entries = await deltaEntries(ports, making)
  if (entries === undefined) return undefined
  const { crl, octets } = await madeDelta(ports, making, number, entries)
  const event = crlEvent(ports, 'PublishCertificateRevocationList', making, crl)
  const told = await toldOfCrl(ports, making, number)
  await ports.store.transact((writes) => [
    writes.crls.publishDelta(crl, octets),
    ...toStorage(ports, writes, making, [crl]),
    ...told(writes),
    writes.audit.append(event),
  ])
  await readBack(ports, making, crl)
  return crl
}

async function publishedComplete(ports: CrlPorts, making: CrlMaking, number: bigint): Promise<PublishedCrl> {
  try {
    const made = await madeComplete(ports, making, number)
    const delta = await deltaBeside(ports, making, made)
    const all = delta === undefined ? [made.crl] : [made.crl, delta.crl]
    const events = all.map((crl) => crlEvent(ports, 'PublishCertificateRevocationList', making, crl))
    const told = await toldOfCrl(ports, making, number)
    await ports.store.transact((writes) => [
      writes.crls.publish(made.crl, made.octets, making.state.complete?.number, made.plan.dropped),
      ...(delta === undefined ? [] : [writes.crls.publishDelta(delta.crl, delta.octets)]),
      ...toStorage(ports, writes, making, all),
      ...told(writes),
      ...events.map((event) => writes.audit.append(event)),
    ])
    for (const crl of all) await readBack(ports, making, crl)
    return made.crl
  } catch (error) {
    await discard(ports, making.scope, number)
    throw error
  }
}

const toStorage = (
  ports: CrlPorts,
  writes: Writes,
  { issuer }: CrlMaking,
  crls: readonly PublishedCrl[],
): readonly Write[] => outgoing(ports, writes, issuer.authority.revocation.crl.bucket, crls)

/** RFC 5280 §5.2.4: a delta that is issued with a complete CRL has its number and says the same. */
async function deltaBeside(ports: CrlPorts, making: CrlMaking, { crl }: MadeComplete) {
  if (making.issuer.authority.revocation.crl.deltaHours === undefined) return undefined
  const state: ScopeState = { ...making.state, complete: crl, before: making.state.complete }
  const entries = await deltaEntries(ports, { ...making, state })
  return entries === undefined ? undefined : madeDelta(ports, making, crl.number, entries)
}

/** What was kept for a CRL that isn't published takes only room: the next one that is published drops it, too. */
async function discard(ports: CrlPorts, scope: CrlScope, number: bigint): Promise<void> {
  try {
    await ports.store.transact((writes) => [writes.crls.discard(scope, number)])
  } catch (error) {
    ports.logger.warn({ err: error, ...scope }, 'what an unpublished CRL left could not be dropped yet')
  }
}
