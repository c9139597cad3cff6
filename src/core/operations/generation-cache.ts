import type { Ports } from '../ports/ports.ts'
import type { Store } from '../ports/store.ts'

/** Entries of one store's cache at most; beyond it the cache starts anew. */
const MAX_ENTRIES = 10_000

type Entries = Map<string, unknown>
type Cache = { readonly generation: number; readonly entries: Entries }
const caches = new WeakMap<Store, Cache>()

/**
 * A decision that is the same until something changes: authorities, keys and tokens carry one generation in the
 * database, looked at on each use, so several processes agree (for how old it may be, see `Store`). Failures aren't kept.
 * @param key unique among all that is cached, e.g. `token/…`
 */
export async function cached<T>(
  ports: Pick<Ports, 'store'>,
  key: string,
  load: () => Promise<T>,
  /** Whether what is cached is still good for another use; it always is when absent. */
  good?: (known: T) => boolean,
): Promise<T> {
  const entries = entriesAt(ports.store, await ports.store.reads.generation())
  // Here and not by way of `cachedAt`: a request asks six times, and each promise that is passed on takes three turns more.
  return knownIn(entries, key, good) ?? loadInto(entries, key, load)
}

/** As `cached`, for whoever has just read the generation. */
export async function cachedAt<T>(
  ports: Pick<Ports, 'store'>,
  generation: number,
  key: string,
  load: () => Promise<T>,
  good?: (known: T) => boolean,
): Promise<T> {
  const entries = entriesAt(ports.store, generation)
  return knownIn(entries, key, good) ?? loadInto(entries, key, load)
}

/** What is cached at a generation; nothing yet where it is a new one. */
function entriesAt(store: Store, generation: number): Entries {
  let cache = caches.get(store)
  if (cache === undefined || cache.generation !== generation || cache.entries.size >= MAX_ENTRIES) {
    cache = { generation, entries: new Map() }
    caches.set(store, cache)
  }
  return cache.entries
}

function knownIn<T>(entries: Entries, key: string, good?: (known: T) => boolean): T | undefined {
  const known = entries.get(key) as T | undefined
  return known === undefined || good?.(known) === false ? undefined : known
}

/** The generation was read before what is loaded: if it has moved meanwhile, the next use sees that and drops this. */
async function loadInto<T>(entries: Entries, key: string, load: () => Promise<T>): Promise<T> {
  const loaded = await load()
  if (loaded !== undefined) entries.set(key, loaded)
  return loaded
}
