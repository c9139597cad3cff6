import type { CrlScope } from '../../domain/crl-scopes.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { tellOfAuthority, toldOfAuthority } from '../events/told-of-authority.ts'
import type { CrlMaking, CrlPorts } from './crl-making.ts'

/** What tells that a CRL is published, a complete one with its delta or a delta; belongs into the transaction. */
export const toldOfCrl = (
  ports: CrlPorts,
  { issuer, shard, now }: CrlMaking,
  number: bigint,
): Promise<(writes: Writes) => readonly Write[]> =>
  toldOfAuthority(
    ports,
    issuer.authority,
    { name: 'CRL_GENERATION', file: shard?.name ?? issuer.id, number },
    now,
  )

/** Tells that a CRL couldn't be published, unless that is as it should be: nobody publishes for an authority that is gone. */
export async function tellUnpublished(ports: CrlPorts, scope: CrlScope, error: unknown): Promise<void> {
  if (error instanceof ChanceryError && (error.code === 'not_found' || error.code === 'state_conflict'))
    return
  const { authorities, shards, crls } = ports.store.reads
  const authority = await authorities.public(scope.authority)
  if (authority === undefined) return
  const shard = scope.shard === undefined ? undefined : await shards.get(scope.shard)
  const number = (await crls.latest(scope, 'complete'))?.number ?? 0n
  const file = shard?.name ?? authority.id
  await tellOfAuthority(ports, authority, { name: 'CRL_GENERATION', file, number, failure: 'making' })
}
