import { transitionOf } from '../../domain/authority-life-cycle.ts'
import { cacheTags } from '../../domain/cache-tags.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import { statusTags, type Purge } from '../../domain/repository-messages.ts'
import { makesCompleteCrl } from '../../domain/revocation-configuration.ts'
import type { Ports } from '../../ports/ports.ts'
import type { AwaitedCrl, StatusChange, StatusPosition } from '../../ports/repository-store.ts'
import { requestUrls } from './request-urls.ts'
import { crlUrl, deltaCrlUrl } from '../revocation/repository-urls.ts'

type ReadingPorts = Pick<Ports, 'store' | 'calendar' | 'settings'>

/** Changes that one message is made of, and CRLs that it looks after. */
const CHANGES = 5000
const CRLS = 1000

export type RepositoryChanges = {
  /** What caches are to forget now. */
  readonly purge: Purge
  /** Up to where changes are in `purge` and `awaited`. */
  readonly position: StatusPosition
  /** CRLs that will be in a later one, once they know. */
  readonly awaited: readonly AwaitedCrl[]
  /** CRLs that are in this one, or never will be. */
  readonly settled: readonly AwaitedCrl[]
}

/**
 * What has changed since a position: what the responder says, at once; CRLs, as soon as one is published that knows it,
 * so that no cache fetches the one before again. Undefined when there is nothing to do.
 */
export async function changesAfter(
  ports: ReadingPorts,
  position: StatusPosition,
): Promise<RepositoryChanges | undefined> {
  const { repository } = ports.store.reads
  const revoked = await repository.revokedAfter(position.revocation, CHANGES)
  const withdrawn = await repository.withdrawnAfter(position.withdrawal, CHANGES)
  const next = {
    revocation: revoked.at(-1)?.sequence ?? position.revocation,
    withdrawal: withdrawn.at(-1)?.sequence ?? position.withdrawal,
  }
  const crls = await settledCrls(ports)
  const changes = [...revoked, ...withdrawn]
  if (changes.length === 0 && crls.settled.length === 0) return undefined
  return {
    purge: {
      urls: [...(await requestUrls(ports, changes)), ...crls.urls],
      tags: [...statusTags(changes), ...crls.tags],
    },
    position: next,
    awaited: [
      ...awaitedFor(revoked, (revocation) => ({ revocation, withdrawal: 0 })),
      ...awaitedFor(withdrawn, (withdrawal) => ({ revocation: 0, withdrawal })),
    ],
    settled: crls.settled,
  }
}

/** The CRLs that speak of changed certificates: the authority's, and the shard's where it has one. */
function awaitedFor(
  changes: readonly StatusChange[],
  upTo: (sequence: number) => StatusPosition,
): readonly AwaitedCrl[] {
  const awaited = new Map<string, AwaitedCrl>()
  for (const { authority, shard, sequence } of changes)
    for (const scope of [
      { authority, shard: undefined },
      ...(shard === undefined ? [] : [{ authority, shard }]),
    ])
      awaited.set(`${authority}/${scope.shard ?? ''}`, { scope, ...upTo(sequence) })
  return [...awaited.values()]
}

async function settledCrls(ports: ReadingPorts): Promise<Purge & Pick<RepositoryChanges, 'settled'>> {
  const urls: string[] = []
  const tags: string[] = []
  const settled: AwaitedCrl[] = []
  for (const awaited of await ports.store.reads.repository.awaited(CRLS)) {
    const state = await stateOf(ports, awaited)
    if (state === 'awaited') continue
    settled.push(awaited)
    if (state === 'never') continue
    const { name, addresses } = await addressesOf(ports, awaited.scope)
    urls.push(...addresses)
    tags.push(cacheTags.crl(name))
  }
  return { urls, tags, settled }
}

/** `never`: nothing that knows will be published, and what caches have is out of date by itself. */
async function stateOf(
  ports: ReadingPorts,
  { scope, revocation, withdrawal }: AwaitedCrl,
): Promise<'awaited' | 'published' | 'never'> {
  const { latest } = ports.store.reads.crls
  const current = await Promise.all([latest(scope, 'complete'), latest(scope, 'delta')])
  const published = current.filter((crl) => crl !== undefined)
  const knows = published.some((crl) => crl.through >= revocation && crl.withdrawnThrough >= withdrawal)
  if (knows) return 'published'
  const authority = await ports.store.reads.authorities.public(scope.authority)
  const now = ports.calendar.now()
  if (authority === undefined || published.length === 0) return 'never'
  if ('refused' in transitionOf(authority, 'publishCrl', now)) return 'never'
  return scope.shard !== undefined || makesCompleteCrl(authority, now) ? 'awaited' : 'never'
}

/** Where a scope's current CRLs are, as certificates say, and the name of their files. */
async function addressesOf(
  ports: ReadingPorts,
  { authority: id, shard: shardId }: CrlScope,
): Promise<{ readonly name: string; readonly addresses: readonly string[] }> {
  const authority = await ports.store.reads.authorities.public(id)
  const shard = shardId === undefined ? undefined : await ports.store.reads.shards.get(shardId)
  const name = shard?.name ?? id
  if (authority === undefined) return { name, addresses: [] }
  const complete = shard?.url ?? crlUrl(ports.settings, authority)
  const delta = deltaCrlUrl(ports.settings, authority, shard?.name)
  return { name, addresses: [complete, delta].filter((url) => url !== undefined) }
}
