import type { Authority } from '../../domain/authorities.ts'
import { SHARD_SIZE, type CrlShard, type ShardId } from '../../domain/crl-scopes.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { crlUrl } from './repository-urls.ts'

/** The shard that an authority's next certificates belong to. */
export type CurrentShard = Pick<CrlShard, 'name' | 'url'> & {
  /** The shard of one more certificate. */
  take(): ShardId
  /** Whether the next certificate is better off in another one. */
  full(): boolean
}

type ShardPorts = Pick<Ports, 'store' | 'settings' | 'random' | 'calendar'>

/**
 * The open shard of an authority; a new one in its place where it is full, or where the URL that its certificates name
 * isn't what they are to name from now on. Undefined where certificates don't name a shard's CRL.
 */
export async function currentShard(
  ports: ShardPorts,
  authority: Authority,
): Promise<CurrentShard | undefined> {
  const { enabled, kind, omitExtension } = authority.revocation.crl
  if (!enabled || kind !== 'PARTITIONED' || omitExtension) return undefined
  if (crlUrl(ports.settings, authority) === undefined) return undefined
  for (;;) {
    const open = await ports.store.reads.shards.open(authority.id)
    if (open !== undefined && open.certificates < SHARD_SIZE && isWanted(ports, authority, open.shard))
      return counted(open.shard, open.certificates)
    await openAnother(ports, authority, open?.shard)
  }
}

const isWanted = ({ settings }: ShardPorts, authority: Authority, { name, url }: CrlShard): boolean =>
  crlUrl(settings, authority, name) === url

/** Another server may have been faster: then its shard will do. */
async function openAnother(
  ports: ShardPorts,
  authority: Authority,
  before: CrlShard | undefined,
): Promise<void> {
  const createdAt = ports.calendar.now()
  const name = newUuid(ports.random, createdAt)
  const url = crlUrl(ports.settings, authority, name) ?? ''
  try {
    await ports.store.transact((writes) => [
      writes.shards.open({ name, authority: authority.id, url, createdAt }, before?.id),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
  }
}

/** Each server counts what it adds by itself, so that issuing writes nothing more for it. */
function counted({ id, name, url }: CrlShard, certificates: number): CurrentShard {
  let taken = certificates
  return {
    name,
    url,
    take: () => {
      taken++
      return id
    },
    full: () => taken >= SHARD_SIZE,
  }
}
