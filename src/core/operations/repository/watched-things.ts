import type { Authority } from '../../domain/authorities.ts'
import { transitionOf } from '../../domain/authority-life-cycle.ts'
import { completeScope, type CrlScope } from '../../domain/crl-scopes.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { Watched } from '../../domain/repository-alarms.ts'
import { makesCompleteCrl } from '../../domain/revocation-configuration.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/** With the scope of its CRL. */
export type WatchedThing = Watched & { readonly scope: CrlScope }

/**
 * What clients may fetch about an authority's certificates now: its complete CRL while it makes one, those of its
 * shards, their deltas, and what the responder says.
 */
export async function watchedThings(
  { store }: Pick<Ports, 'store'>,
  authority: Authority,
  now: Millis,
): Promise<readonly WatchedThing[]> {
  const { id, account, revocation } = authority
  if (account === SYSTEM_ACCOUNT || 'refused' in transitionOf(authority, 'publishCrl', now)) return []
  const shards = await store.reads.shards.living(id, now)
  const scopes = [
    ...(makesCompleteCrl(authority, now) ? [{ name: id as string, scope: completeScope(id) }] : []),
    ...shards.map((shard) => ({ name: shard.name, scope: { authority: id, shard: shard.id } })),
  ]
  const crls = scopes.flatMap((each) => [
    { kind: 'crl' as const, authority: id, ...each },
    ...(revocation.crl.deltaHours === undefined ? [] : [{ kind: 'delta' as const, authority: id, ...each }]),
  ])
  const responder = { kind: 'ocsp' as const, authority: id, name: id, scope: completeScope(id) }
  return [...crls, ...(revocation.ocsp.enabled ? [responder] : [])]
}
