import type { Principal } from '../domain/access.ts'
import { ChanceryError, StoreConflict } from '../domain/errors.ts'
import { sha256Of } from '../x509/digest.ts'
import type { Ports } from '../ports/ports.ts'
import type { IdempotencyRecord, Store, Write, Writes } from '../ports/store.ts'

/** The caller's Idempotency-Key and a hash of the request in canonical form. */
export type IdempotencyInput = { readonly key: string; readonly bodyHash: Uint8Array }

/** The writes that remember what a request made; they belong into the transaction that makes it. */
export type Remember = (writes: Writes, resource: string) => readonly Write[]

export type Idempotent<T> = {
  readonly operation: string
  /** Which authority the request named; part of the key's scope. */
  readonly authority: string
  readonly attempt: (remember: Remember) => Promise<T>
  /** What the first request made; `abandoned` when it never came to be, and a new attempt may be made. */
  readonly replay: (resource: string) => Promise<T | 'abandoned'>
}

const inFlight = new WeakMap<Store, Map<string, Promise<unknown>>>()

/**
 * Runs an attempt at most once per key: the same key again gives the first result, also while the first is still
 * running, and also in another process (which is told to come back).
 * @throws idempotency_mismatch, idempotency_in_progress
 */
export async function idempotently<T>(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  input: IdempotencyInput | undefined,
  work: Idempotent<T>,
): Promise<T> {
  if (input === undefined) return work.attempt(() => [])
  const scope = sha256Of(
    principal.account,
    principal.region,
    principal.id,
    work.operation,
    work.authority,
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
  ports: Pick<Ports, 'store' | 'calendar'>,
  scope: Uint8Array,
  input: IdempotencyInput,
  work: Idempotent<T>,
): Promise<T> {
  // Bound to the key, which isn't stored: a body may hold a passphrase, and its bare hash would let one be guessed.
  const request = sha256Of(input.key, input.bodyHash)
  const record = (resource: string): IdempotencyRecord => ({
    scope,
    request,
    resource,
    createdAt: ports.calendar.now(),
  })
  for (let tries = 0; tries < 3; tries++) {
    const first = await ports.store.reads.idempotency.get(scope)
    if (first !== undefined) {
      if (!Buffer.from(first.request).equals(request))
        throw new ChanceryError(
          'idempotency_mismatch',
          'Idempotency-Key: this key was used with another request; a key names one request',
        )
      const replayed = await work.replay(first.resource)
      if (replayed !== 'abandoned') return replayed
    }
    try {
      return await work.attempt((writes, resource) => [
        first === undefined
          ? writes.idempotency.add(record(resource))
          : writes.idempotency.replace(record(resource), first.resource),
      ])
    } catch (error) {
      // Another process was first: its result is the result.
      if (error instanceof StoreConflict && error.reason === 'idempotency') continue
      throw error
    }
  }
  throw inProgress()
}

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
