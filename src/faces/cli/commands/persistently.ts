import { ChanceryApiError } from '../../../contract/index.ts'
import type { ErrorCode } from '../../../core/domain/errors.ts'
import { CliFailure } from '../failure.ts'
import type { World } from '../world.ts'

/** What passes by itself. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unavailable',
  'limit_exceeded',
  'throttled',
  'kms_unavailable',
  'idempotency_in_progress',
])
/** Waits between the attempts, milliseconds, unless the server says how long. */
const WAITS = [250, 1000, 4000] as const
const LONGEST_WAIT = 30_000

/**
 * Tries again what failed for a passing reason: an overloaded or restarting server, a broken connection. The attempt
 * must be one that can be repeated.
 * @param passes what to try again after
 * @throws what the last attempt threw
 */
export async function persistently<T>(
  world: Pick<World, 'pause'>,
  attempt: () => Promise<T>,
  passes: (error: unknown) => boolean = passesByItself,
): Promise<T> {
  for (const wait of WAITS) {
    try {
      return await attempt()
    } catch (error) {
      if (!passes(error)) throw error
      const asked = error instanceof ChanceryApiError ? error.retryAfterSeconds : undefined
      await world.pause(asked === undefined ? wait : Math.min(asked * 1000, LONGEST_WAIT))
    }
  }
  return attempt()
}

function passesByItself(error: unknown): boolean {
  if (error instanceof ChanceryApiError)
    return PASSING.has(error.code) && error.problem.details?.['retryable'] !== false
  return failedBy(error, ['ECONNREFUSED', ...BROKEN])
}

/** Whether what was asked for may have been done all the same: the connection broke, or the server is still at it. */
export const isAnswerLost = (error: unknown): boolean =>
  error instanceof ChanceryApiError ? error.code === 'idempotency_in_progress' : failedBy(error, BROKEN)

const BROKEN = ['ECONNRESET', 'EPIPE', 'ETIMEDOUT']

const failedBy = (error: unknown, codes: readonly string[]): boolean =>
  error instanceof Error &&
  !(error instanceof CliFailure) &&
  'code' in error &&
  codes.includes(String(error.code))
