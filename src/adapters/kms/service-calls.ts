import { setTimeout as delay } from 'node:timers/promises'
import { ChanceryError } from '../../core/domain/errors.ts'
import { SECOND, type Millis } from '../../core/domain/time.ts'
import { kmsUnavailable } from './failures.ts'

export type CallLimits = {
  /** Longest time for one question: waiting for its turn, and all its attempts. */
  readonly timeout: Millis
  /** Questions under way at once; the others wait in line. */
  readonly concurrency: number
  readonly attempts: number
  /** Passes the time between two attempts; rejects when the signal aborts. */
  readonly pause: (millis: Millis, signal: AbortSignal) => Promise<unknown>
}

export const CALL_LIMITS: CallLimits = {
  timeout: 10 * SECOND,
  // A KMS answers in 1 to 20 ms: more at once than this only makes a queue at its end instead of ours.
  concurrency: 32,
  attempts: 3,
  pause: (millis, signal) => delay(millis, undefined, { signal, ref: false }),
}

const FIRST_PAUSE: Millis = 50

export type Calls = {
  /**
   * Asks a service; at most `timeout` in all.
   * @param again after which failures it is asked again; those that may pass when absent
   * @throws kms_unavailable, retryable, when there was no answer in time; whatever `question` throws
   */
  <T>(question: (signal: AbortSignal) => Promise<T>, again?: (error: unknown) => boolean): Promise<T>
}

/** For what must not be done twice, such as making a key. */
export const never = (): boolean => false

/** Whether a failure says of itself that waiting may help. */
export const mayPass = (error: unknown): boolean =>
  error instanceof ChanceryError && error.code === 'kms_unavailable' && error.details['retryable'] === true

/** @param name how errors call the service, e.g. `Vault at https://…` */
export function createCalls(name: string, limits: CallLimits = CALL_LIMITS): Calls {
  const turns = createTurns(limits.concurrency)
  return async (question, again = mayPass) => {
    const overtime = new AbortController()
    const { signal } = overtime
    const late = (): void =>
      overtime.abort(kmsUnavailable(`${name} gave no answer within ${limits.timeout / SECOND} s`, true))
    const timer = setTimeout(late, limits.timeout)
    try {
      const leave = await turns(signal)
      try {
        // Raced, because not everything that a vendor's SDK does heeds the signal; the turn is given back either way.
        return await Promise.race([aborted(signal), attempted(question, again, limits, signal)])
      } finally {
        leave()
      }
    } finally {
      clearTimeout(timer)
    }
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })

async function attempted<T>(
  question: (signal: AbortSignal) => Promise<T>,
  again: (error: unknown) => boolean,
  { attempts, pause }: CallLimits,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await question(signal)
    } catch (error) {
      if (attempt >= attempts || !again(error)) throw error
      await pause(FIRST_PAUSE * 4 ** (attempt - 1), signal)
    }
  }
}

/** At most so many at once; who waits is let in by who leaves, in order, and gives up when its signal aborts. */
function createTurns(concurrency: number): (signal: AbortSignal) => Promise<() => void> {
  const waiting: (() => void)[] = []
  let inside = 0
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) inside--
    else next()
  }
  return async (signal) => {
    if (inside < concurrency) inside++
    else {
      await new Promise<void>((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener('abort', giveUp)
          resolve()
        }
        const giveUp = (): void => {
          waiting.splice(waiting.indexOf(enter), 1)
          reject(signal.reason as Error)
        }
        waiting.push(enter)
        signal.addEventListener('abort', giveUp, { once: true })
      })
    }
    return leave
  }
}
