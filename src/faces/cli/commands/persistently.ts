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
 * @throws what the last attempt threw
 */
export async function persistently<T>(world: Pick<World, 'pause'>, attempt: () => Promise<T>): Promise<T> {
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

function passes(error: unknown): boolean {
  if (error instanceof ChanceryApiError)
    return PASSING.has(error.code) && error.problem.details?.['retryable'] !== false
  if (error instanceof CliFailure || !(error instanceof Error) || !('code' in error)) return false
  return ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(String(error.code))
}
