import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { SpkiHash } from '../../domain/compromised-keys.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { systemPrincipal } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'

/** Hashes read or written in one go. */
const PAGE = 1000

/**
 * Makes the installation's list of compromised keys what its file says: refuses those that are new there, and forgets
 * those that have gone, unless somebody marked them besides. What is new has its certificates revoked by the job that
 * goes on with marks.
 */
export async function loadKeyFile(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings'>,
  hashes: readonly SpkiHash[],
): Promise<{ added: number; dropped: number }> {
  const known = await knownHashes(ports)
  const wanted = new Set(hashes)
  const added = hashes.filter((hash) => !known.has(hash))
  const dropped = [...known].filter((hash) => !wanted.has(hash))
  const at = ports.calendar.now()
  await inPages(ports, added, (writes, page) => writes.compromisedKeys.addFromFile(page, at))
  await inPages(ports, dropped, (writes, page) => writes.compromisedKeys.dropFromFile(page))
  if (added.length > 0 || dropped.length > 0) {
    const time = ports.clock.now()
    const event = auditEvent('LoadCompromisedKeys', systemPrincipal(ports, SYSTEM_ACCOUNT), {
      eventId: newUuid(ports.random, time),
      time,
      resources: [arns.installation()],
      request: { added: added.length, dropped: dropped.length },
    })
    await ports.store.transact((writes) => [writes.audit.append(event)])
  }
  return { added: added.length, dropped: dropped.length }
}

async function knownHashes({ store }: Pick<Ports, 'store'>): Promise<ReadonlySet<SpkiHash>> {
  const known = new Set<SpkiHash>()
  for (let after: SpkiHash | undefined; ;) {
    const page: readonly SpkiHash[] = await store.reads.compromisedKeys.ofFile(after, PAGE)
    for (const hash of page) known.add(hash)
    after = page.at(-1)
    if (page.length < PAGE) return known
  }
}

async function inPages(
  { store }: Pick<Ports, 'store'>,
  hashes: readonly SpkiHash[],
  write: (writes: Writes, page: readonly SpkiHash[]) => Write,
): Promise<void> {
  for (let from = 0; from < hashes.length; from += PAGE)
    await store.transact((writes) => [write(writes, hashes.slice(from, from + PAGE))])
}
