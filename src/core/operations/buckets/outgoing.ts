import type { Authority } from '../../domain/authorities.ts'
import { isStoredElsewhere, type ObjectSource } from '../../domain/outgoing-objects.ts'
import type { CrlScope } from '../../domain/crl-scopes.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { livingScopes } from '../revocation/living-scopes.ts'

type OutgoingPorts = Pick<Ports, 'clock' | 'settings'>

/** Rows of one transaction, at most. */
const BATCH = 500

/** What has objects of a bucket written to the operator's storage, where that has it; belongs into the transaction that changes them. */
export const outgoing = (
  { clock, settings }: OutgoingPorts,
  writes: Writes,
  bucket: string | undefined,
  sources: readonly ObjectSource[],
): readonly Write[] =>
  bucket === undefined || !isStoredElsewhere(settings.storedBuckets, bucket)
    ? []
    : sources.map((source) => writes.outgoingObjects.add(source, clock.now()))

/** The CRLs of scopes, with deltas where the authority has them. */
export const crlSources = ({ revocation }: Pick<Authority, 'revocation'>, scopes: readonly CrlScope[]) =>
  scopes.flatMap((scope): readonly ObjectSource[] => [
    { kind: 'complete', scope },
    ...(revocation.crl.deltaHours === undefined ? [] : [{ kind: 'delta', scope } as const]),
  ])

/**
 * Has a look taken at every CRL in the storage, and what isn't there as it should be written again: when a server starts,
 * since the storage may be a new one, and now and then, since others may have changed it.
 */
export async function lookAtStoredObjects(
  ports: Pick<Ports, 'store' | 'calendar' | 'clock' | 'settings'>,
): Promise<void> {
  const now = ports.calendar.now()
  for (const authority of await ports.store.reads.authorities.all()) {
    const { bucket } = authority.revocation.crl
    if (bucket === undefined || !isStoredElsewhere(ports.settings.storedBuckets, bucket)) continue
    const sources = crlSources(authority, await livingScopes(ports, authority, now))
    for (let at = 0; at < sources.length; at += BATCH)
      await ports.store.transact((writes) => outgoing(ports, writes, bucket, sources.slice(at, at + BATCH)))
  }
}
