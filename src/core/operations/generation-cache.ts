import type { Ports } from '../ports/ports.ts'
import type { Store } from '../ports/store.ts'

/** Entries of one store's cache at most; beyond it the cache starts anew. */
const MAX_ENTRIES = 10_000

type Cache = { generation: number; entries: Map<string, unknown> }
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
  good: (known: T) => boolean = () => true,
): Promise<T> {
  return cachedAt(ports, await ports.store.reads.generation(), key, load, good)
}

/** As `cached`, for whoever has just read the generation. */
export async function cachedAt<T>(
  ports: Pick<Ports, 'store'>,
  generation: number,
  key: string,
  load: () => Promise<T>,
  good: (known: T) => boolean = () => true,
): Promise<T> {
  let cache = caches.get(ports.store)
  if (cache === undefined || cache.generation !== generation || cache.entries.size >= MAX_ENTRIES) {
    cache = { generation, entries: new Map() }
    caches.set(ports.store, cache)
  }
  const known = cache.entries.get(key)
  if (known !== undefined && good(known as T)) return known as T
  // The generation was read before what is loaded: if it has moved meanwhile, the next use sees that and drops this.
  const loaded = await load()
  if (loaded !== undefined) cache.entries.set(key, loaded)
  return loaded
}
