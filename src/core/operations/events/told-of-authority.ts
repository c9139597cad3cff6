import { authorityEvent, type AuthorityHappening } from '../../domain/authority-events.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place, Write, Writes } from '../../ports/store.ts'
import { cached } from '../generation-cache.ts'
import { newUuid } from '../new-ids.ts'

/** Whose authority it is. */
export type ToldOf = Place & { readonly id: AuthorityId }

/**
 * What tells of something that happens to an authority; belongs into the transaction in which it does. It is told where a
 * webhook of the authority's place asks for it by name, as with EventBridge, which forgets what no rule matches: a million
 * certificates are not to be a million rows that nobody reads.
 */
export async function toldOfAuthority(
  ports: Pick<Ports, 'store' | 'random'>,
  authority: ToldOf,
  happening: AuthorityHappening,
  now: Millis,
): Promise<(writes: Writes) => readonly Write[]> {
  const { account, region } = authority
  const asked = await cached(ports, `events-asked-for/${account}/${region}`, () =>
    ports.store.reads.webhooks.askedFor({ account, region }),
  )
  if (!asked.has(happening.name)) return () => []
  const event = authorityEvent(newUuid(ports.random, now), now, authority, happening)
  return (writes) => [writes.events.tell(event)]
}

/** Tells of what no transaction stands for: that something failed. Never throws: it is told besides. */
export async function tellOfAuthority(
  ports: Pick<Ports, 'store' | 'random' | 'logger' | 'calendar'>,
  authority: ToldOf,
  happening: AuthorityHappening,
): Promise<void> {
  try {
    const told = await toldOfAuthority(ports, authority, happening, ports.calendar.now())
    await ports.store.transact(told)
  } catch (error) {
    ports.logger.warn({ err: error, authority: authority.id }, `${happening.name} could not be told`)
  }
}
