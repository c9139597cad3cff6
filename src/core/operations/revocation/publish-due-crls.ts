import type { Authority } from '../../domain/authorities.ts'
import { transitionOf } from '../../domain/authority-life-cycle.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { isDue, lacks } from '../../domain/published-crls.ts'
import type { ScopeState } from '../../ports/crl-store.ts'
import type { CrlPorts } from './crl-making.ts'
import { livingScopes } from './living-scopes.ts'
import { publishCrl } from './publish-crl.ts'

/** Scopes whose state is held at a time. */
const BATCH = 500
/** Published at a time, so that they share commits. */
const AT_ONCE = 4

export type CrlReport = { published: number; failed: number }

/**
 * Publishes every CRL that is due: it lacks something, or half of its life is over. Failures of one don't keep the others
 * waiting.
 * @param stopping ends it early, between CRLs
 */
export async function publishDueCrls(ports: CrlPorts, stopping?: AbortSignal): Promise<CrlReport> {
  const report = { published: 0, failed: 0 }
  for (const authority of await ports.store.reads.authorities.all()) {
    if (stopping?.aborted === true) break
    const now = ports.calendar.now()
    if ('refused' in transitionOf(authority, 'publishCrl', now)) continue
    const scopes = await livingScopes(ports, authority, now)
    const wanted = (state: ScopeState) => isDue(state, authority.revocation, now)
    for await (const due of dueOf(ports, authority, scopes, wanted))
      await eachOf(due, async (scope) => {
        if (stopping?.aborted !== true) await publishOne(ports, scope, report)
      })
  }
  return report
}

/** Publishes the CRLs of shards that certificates may name already: as soon as possible, so that the URL leads somewhere. */
export async function publishFirstCrls(ports: CrlPorts): Promise<CrlReport> {
  const report = { published: 0, failed: 0 }
  for (const scope of await ports.store.reads.crls.unannounced()) await publishOne(ports, scope, report)
  return report
}

async function publishOne(ports: CrlPorts, scope: CrlScope, report: CrlReport): Promise<void> {
  try {
    await publishCrl(ports, scope)
    report.published++
  } catch (error) {
    report.failed++
    ports.logger.error({ err: error, ...scope }, 'could not publish a CRL')
  }
}

/**
 * Publishes every CRL of an authority that lacks something, or that there is none of yet.
 * @throws what the first one threw that failed, when the others are out; the job goes on with those that aren't
 */
export async function publishChangedCrls(ports: CrlPorts, id: AuthorityId): Promise<void> {
  const authority = await ports.store.reads.authorities.public(id)
  if (authority === undefined) return
  const errors: unknown[] = []
  const scopes = await livingScopes(ports, authority, ports.calendar.now())
  const wanted = ({ complete, ...changes }: ScopeState) => complete === undefined || lacks(complete, changes)
  for await (const due of dueOf(ports, authority, scopes, wanted))
    await eachOf(due, (scope) => publishCrl(ports, scope).catch((error: unknown) => errors.push(error)))
  if (errors.length > 0) throw errors[0]
}

async function* dueOf(
  ports: CrlPorts,
  authority: Authority,
  scopes: readonly CrlScope[],
  wanted: (state: ScopeState) => boolean,
): AsyncGenerator<readonly CrlScope[]> {
  for (let at = 0; at < scopes.length; at += BATCH) {
    const batch = scopes.slice(at, at + BATCH)
    const states = await ports.store.reads.crls.states(batch)
    const due: CrlScope[] = []
    for (const [index, scope] of batch.entries()) {
      const state = states[index]
      if (state !== undefined && wanted(state) && (await mayBegin(ports, authority, scope, state)))
        due.push(scope)
    }
    yield due
  }
}

/** Some at a time. */
async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  const queue = all.values()
  const worker = async (): Promise<void> => {
    for (const one of queue) await work(one)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** One that came from elsewhere is disabled until its revocations are here: no CRL of it may lack them. */
async function mayBegin(
  { store }: Pick<CrlPorts, 'store'>,
  { status }: Authority,
  scope: CrlScope,
  { complete }: ScopeState,
): Promise<boolean> {
  if (complete !== undefined || status !== 'DISABLED') return true
  return (await store.reads.crls.lastNumber(scope)) === 0n
}
