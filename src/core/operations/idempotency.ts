import type { Principal } from '../domain/access.ts'
import { ChanceryError } from '../domain/errors.ts'
import type { Millis } from '../domain/time.ts'
import { sha256Of } from '../x509/digest.ts'
import type { Ports } from '../ports/ports.ts'
import type { IdempotencyRecord, Store, Write, Writes } from '../ports/store.ts'

/** The caller's key, and what else decides whether a request is the one that it was used with. */
export type IdempotencyInput = {
  readonly key: string
  /** Of the request in canonical form: another one is refused. Undefined: the key alone decides. */
  readonly bodyHash?: Uint8Array
  /** Whose key it is: its sender's when absent. */
  readonly scope?: 'account'
  /** How long it stands for its request, by the calendar: as long as it is remembered when absent. */
  readonly window?: Millis
}

/**
 * As AWS has it: a token names whatever it was first sent with, for anybody of the account, for a few minutes (5 at
 * acm-pca, 60 at acm).
 */
export const tokenFor = (token: string, window: Millis): IdempotencyInput => ({
  key: token,
  scope: 'account',
  window,
})

/** A request that may be sent again under its key. */
export type Once = { readonly idempotency?: IdempotencyInput | undefined }

/** The writes that remember what a request made; they belong into the transaction that makes it. */
export type Remember = (writes: Writes, resource: string) => readonly Write[]

export type Idempotent<T> = {
  readonly operation: string
  /** Which authority the request named, where that is part of the key's scope. */
  readonly authority?: string
  readonly attempt: (remember: Remember) => Promise<T>
  /** What the first request made, as it is now; `abandoned` when it never came to be, and a new attempt may be made. */
  readonly replay: (resource: string) => Promise<T | 'abandoned'>
}

type Remembering = Pick<Ports, 'store' | 'calendar' | 'random'>

const inFlight = new WeakMap<Store, Map<string, Promise<unknown>>>()

/**
 * Runs an attempt at most once per key: the same key again gives the first result, also while the first is still
 * running, and also in another process (which is told to come back).
 * @throws idempotency_mismatch, idempotency_in_progress; idempotency_done as `replay` says it
 */
export async function idempotently<T>(
  ports: Remembering,
  principal: Principal,
  input: IdempotencyInput | undefined,
  work: Idempotent<T>,
): Promise<T> {
  if (input === undefined) return work.attempt(() => [])
  const scope = sha256Of(
    principal.account,
    principal.region,
    input.scope === 'account' ? 'account' : principal.id,
    work.operation,
    work.authority ?? '',
    input.key,
  )
  const running = runningOf(ports.store)
  const name = Buffer.from(scope).toString('hex')
  while (running.has(name)) await running.get(name)
  const result = attemptOrReplay(ports, scope, input, work)
  // Others wait for the end, whichever it is, and then look for themselves.
  running.set(
    name,
    result.then(
      () => undefined,
      () => undefined,
    ),
  )
  try {
    return await result
  } finally {
    running.delete(name)
  }
}

async function attemptOrReplay<T>(
  ports: Remembering,
  scope: Uint8Array,
  input: IdempotencyInput,
  work: Idempotent<T>,
): Promise<T> {
  // Bound to the key, which isn't stored: a body may hold a passphrase, and its bare hash would let one be guessed.
  const request = sha256Of(input.key, input.bodyHash ?? NOTHING)
  const now = ports.calendar.now()
  for (let tries = 0; tries < 3; tries++) {
    const first = await ports.store.reads.idempotency.get(scope)
    if (first !== undefined && isWithin(first, input, now)) {
      if (!Buffer.from(first.request).equals(request))
        throw new ChanceryError(
          'idempotency_mismatch',
          'Idempotency-Key: this key was used with another request; a key names one request',
        )
      const replayed = await work.replay(first.resource.split('#', 1)[0] as string)
      if (replayed !== 'abandoned') return replayed
    }
    // Tells this attempt from another process's, which may make something of the same name.
    const attempt = Buffer.from(ports.random.bytes(9)).toString('base64url')
    try {
      return await work.attempt((writes, resource) => {
        const record = { scope, request, resource: `${resource}#${attempt}`, createdAt: now }
        return [
          first === undefined
            ? writes.idempotency.add(record)
            : writes.idempotency.replace(record, first.resource),
        ]
      })
    } catch (error) {
      // Another process was first, and what it made may be what stood in the way: its result is the result.
      const standing = (await ports.store.reads.idempotency.get(scope))?.resource
      const others = standing !== undefined && standing !== first?.resource && !standing.endsWith(attempt)
      if (!others) throw error
    }
  }
  throw inProgress()
}

const NOTHING = new Uint8Array()

/**
 * What the first request made.
 * @param found what there is of that name or id now
 * @param same whether it is the very thing, and not another in its place
 * @throws idempotency_done when it was removed since: a late repetition must not make it again
 */
export function stillThere<T>(found: T | undefined, same: (found: T) => boolean = () => true): T {
  if (found !== undefined && same(found)) return found
  throw done('what it made was removed since; to make another, use another key')
}

/**
 * The replay of what shows a secret once.
 * @param made what the first request made or did, with its id
 * @param instead what to do for another secret
 * @throws idempotency_done, always
 */
export function secretShown(made: string, id: string, instead: string): never {
  throw done(`its answer had the secret of ${made} ${id}, which is shown once; ${instead}`, { id })
}

const done = (why: string, details: Readonly<Record<string, string>> = {}): ChanceryError =>
  new ChanceryError('idempotency_done', `Idempotency-Key: the first request was carried out, and ${why}`, {
    details,
  })

/** The calendar can be set back: that must not make a key stand for longer. */
const isWithin = ({ createdAt }: IdempotencyRecord, { window = Infinity }: IdempotencyInput, now: Millis) =>
  Math.abs(now - createdAt) < window

/** Told to whoever repeats a request whose first attempt another process is working on. */
export const inProgress = (): ChanceryError =>
  new ChanceryError('idempotency_in_progress', 'Idempotency-Key: the first request isn’t finished', {
    retryAfterSeconds: 1,
  })

function runningOf(store: Store): Map<string, Promise<unknown>> {
  const known = inFlight.get(store)
  if (known !== undefined) return known
  const made = new Map<string, Promise<unknown>>()
  inFlight.set(store, made)
  return made
}
