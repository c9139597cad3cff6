import { ChanceryError } from '../../domain/errors.ts'
import type { IdentityProvider } from '../../domain/identity-providers.ts'
import { HOUR, MINUTE, SECOND, type Millis } from '../../domain/time.ts'
import { keySetFrom, type TokenKey } from '../../x509/jwk.ts'
import type { KeySets } from '../../ports/key-sets.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'

/** A set is fetched again after this long: a key that was withdrawn doesn't count for longer. */
const FRESH: Millis = 10 * MINUTE
/** A set is good for this long while its host is down. */
const GOOD: Millis = HOUR
/** No URL is fetched more often, whatever keys strangers name: they'd make us knock at somebody's door. */
const COOL_DOWN: Millis = 30 * SECOND
/** URLs in memory; accounts may have so many that they aren't all kept. */
const MOST_SETS = 1000

type FetchedSet = {
  keys: readonly TokenKey[] | undefined
  fetchedAt: Millis
  triedAt: Millis
  failure: string | undefined
  running: Promise<void> | undefined
}

const fetched = new WeakMap<KeySets, Map<string, FetchedSet>>()

/**
 * The keys of a provider that may have signed a token.
 * @param kid which key the token names; all of them when it names none
 * @throws unavailable when they can't be fetched
 */
export async function keysOf(
  ports: Pick<Ports, 'store' | 'clock' | 'keySets'>,
  provider: IdentityProvider,
  kid: string | undefined,
): Promise<readonly TokenKey[]> {
  const source = provider.keys
  if ('set' in source) {
    const key = `key-set/${provider.account}/${provider.name}`
    return named(await cached(ports, key, async () => keysIn(source.set)), kid)
  }
  const now = ports.clock.now()
  const set = setAt(ports.keySets, source.url)
  if (set.keys === undefined || now - set.fetchedAt >= FRESH) await refresh(ports, source.url, set)
  else if (named(set.keys, kid).length === 0) await refresh(ports, source.url, set)
  if (set.keys !== undefined && now - set.fetchedAt < GOOD) return named(set.keys, kid)
  throw new ChanceryError('unavailable', 'The keys that the token would be verified with can’t be fetched', {
    retryAfterSeconds: COOL_DOWN / SECOND,
    cause: new Error(`${source.url}: ${set.failure ?? 'not tried'}`),
  })
}

const named = (keys: readonly TokenKey[], kid: string | undefined): readonly TokenKey[] =>
  kid === undefined ? keys : keys.filter((key) => key.kid === kid)

function keysIn(text: string): readonly TokenKey[] {
  const keys = keySetFrom(text)
  return 'problem' in keys ? [] : keys
}

function setAt(keySets: KeySets, url: string): FetchedSet {
  let sets = fetched.get(keySets)
  if (sets === undefined) fetched.set(keySets, (sets = new Map<string, FetchedSet>()))
  let set = sets.get(url)
  if (set === undefined) {
    if (sets.size >= MOST_SETS) sets.clear()
    const never = Number.NEGATIVE_INFINITY
    set = { keys: undefined, fetchedAt: never, triedAt: never, failure: undefined, running: undefined }
    sets.set(url, set)
  }
  return set
}

/** One fetch at a time; callers that come meanwhile wait for it. A failed one leaves what there was. */
function refresh(
  { clock, keySets }: Pick<Ports, 'clock' | 'keySets'>,
  url: string,
  set: FetchedSet,
): Promise<void> {
  if (set.running !== undefined) return set.running
  const now = clock.now()
  // A clock that was set back doesn't keep the keys from being fetched.
  if (now - set.triedAt < COOL_DOWN && now >= set.triedAt) return Promise.resolve()
  set.triedAt = now
  set.running = (async () => {
    const answer = await keySets.fetch(url)
    const keys = 'failure' in answer ? { problem: answer.failure } : keySetFrom(answer.text)
    if ('problem' in keys) set.failure = keys.problem
    else Object.assign(set, { keys, fetchedAt: now, failure: undefined })
    set.running = undefined
  })()
  return set.running
}
