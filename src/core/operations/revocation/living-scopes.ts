import type { Authority } from '../../domain/authorities.ts'
import { completeScope, type CrlScope } from '../../domain/crl-scopes.ts'
import { crlLife, makesCompleteCrl } from '../../domain/revocation-configuration.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'

/**
 * The CRLs that an authority publishes: those that valid certificates name, and those whose last certificates ended so
 * lately that they may not have stood in one since (RFC 5280 §3.3).
 */
export async function livingScopes(
  { store }: Pick<Ports, 'store'>,
  authority: Authority,
  now: Millis,
): Promise<readonly CrlScope[]> {
  const shards = await store.reads.shards.living(
    authority.id,
    now - crlLife(authority.revocation, 'complete'),
  )
  return [
    ...(makesCompleteCrl(authority, now) ? [completeScope(authority.id)] : []),
    ...shards.map(({ id }) => ({ authority: authority.id, shard: id })),
  ]
}
