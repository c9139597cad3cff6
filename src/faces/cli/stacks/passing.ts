import { ChanceryApiError } from '../../../contract/index.ts'
import { failureOf } from '../report-failure.ts'

/**
 * Whether a failure says nothing about a template or a resource: the server can't be reached, the caller isn't known to
 * it any more, somebody else works on the same stack. What is stopped so is gone on with.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ChanceryApiError)
    return (
      error.status >= 500 ||
      ['unauthenticated', 'throttled', 'limit_exceeded', 'idempotency_in_progress'].includes(error.code) ||
      error.problem.detail.startsWith('revision: ') ||
      error.problem.detail.startsWith('stack: ')
    )
  return failureOf(error, 'the server')?.exitCode === 3
}

/** A failure in one line. */
export function messageOf(error: unknown): string {
  const failure = failureOf(error, 'the server')
  if (failure === undefined) return String(error)
  const advice = failure.advice.filter((line) => !line.startsWith('Request id:'))
  return [failure.message, ...advice].join('; ')
}
