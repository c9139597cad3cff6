import type { IncomingMessage, ServerResponse } from 'node:http'
import { PROBLEMS, problemType } from '../../contract/problems.ts'
import type { Problem } from '../../contract/schemas/common.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Logger } from '../../core/ports/logger.ts'
import { answer, type Headers } from './answer.ts'
import { Disconnected } from './body.ts'
import { exchangeOf } from './exchange.ts'
import { HttpRefusal } from './refusal.ts'

/** More than this many octets of a body nobody read aren't read to the end to keep the connection. */
const DRAINED = 64 * 1024

/**
 * Answers an error as a problem document (RFC 9457). What isn't a ChanceryError is answered blank with the request id
 * and logged whole.
 */
export function answerProblem(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  logger: Logger,
): void {
  const error = answerableError(request, response, thrown, logger)
  if (error === undefined) return
  const problem = problemOf(error, pathOf(request), exchangeOf(request).requestId)
  const headers = { ...headersFor(error, request), 'content-type': 'application/problem+json' }
  answer(response, problem.status, headers, JSON.stringify(problem))
}

/**
 * What may be said about what was thrown, logged where it is a fault; undefined where it is too late to say anything, or
 * nobody is there: then the connection is broken.
 */
export function answerableError(
  request: IncomingMessage,
  response: ServerResponse,
  thrown: unknown,
  logger: Logger,
): ChanceryError | undefined {
  if (thrown instanceof Disconnected) {
    response.destroy()
    return undefined
  }
  const error = publicErrorOf(thrown)
  const exchange = exchangeOf(request)
  exchange.code = error.code
  logFault(error, thrown, exchange.requestId, logger)
  if (!response.headersSent && !response.destroyed) return error
  response.destroy()
  return undefined
}

/** Status and headers of an error, for a face that says nothing more about it. */
export function bareRefusal(
  thrown: unknown,
  request: IncomingMessage,
): { readonly status: number; readonly headers: Headers } {
  const error = publicErrorOf(thrown)
  return { status: PROBLEMS[error.code].status, headers: headersFor(error, request) }
}

/** The problem document of an error. */
export function problemOf(error: ChanceryError, instance: string, requestId: string): Problem {
  const { status, title } = PROBLEMS[error.code]
  return {
    type: problemType(error.code),
    title,
    status,
    code: error.code,
    detail: error.message,
    instance,
    requestId,
    ...(error.violations.length === 0 ? {} : { violations: [...error.violations] }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: { ...error.details } }),
  }
}

function publicErrorOf(thrown: unknown): ChanceryError {
  if (thrown instanceof ChanceryError && thrown.code !== 'internal') return thrown
  // Express decodes path parameters and throws this for escapes that aren't UTF-8.
  if (thrown instanceof URIError)
    return new ChanceryError('request_invalid', 'the path holds a percent escape that is not UTF-8')
  return new ChanceryError('internal', 'the server could not complete the request', { cause: thrown })
}

function logFault(error: ChanceryError, thrown: unknown, requestId: string, logger: Logger): void {
  if (error.code === 'internal') logger.error({ requestId, err: thrown }, 'request failed')
  else if (error.cause !== undefined && PROBLEMS[error.code].status >= 500)
    logger.warn({ requestId, code: error.code, err: error.cause }, 'request failed')
}

/** Without the query: it may name people, and it is in the caller's hands anyway. */
const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0] ?? ''

/** Headers that go with an error, whatever its body is. */
export function headersFor(error: ChanceryError, request: IncomingMessage): Headers {
  const declared = Number(request.headers['content-length'] ?? 0)
  const endless = request.headers['transfer-encoding'] !== undefined || declared > DRAINED
  // What a key store says won't pass by itself: asking again is no use.
  const passing = PROBLEMS[error.code].status === 503 && error.details['retryable'] !== false
  const retry = error.retryAfterSeconds ?? (passing ? 1 : undefined)
  return {
    ...(retry === undefined ? {} : { 'retry-after': Math.max(1, Math.ceil(retry)) }),
    // RFC 9110 §11.6.1: a 401 says how to authenticate; RFC 6750 §3.1: why it failed, if there was a token.
    ...(error.code === 'unauthenticated' ? { 'www-authenticate': challenge(request) } : {}),
    ...(error instanceof HttpRefusal ? error.headers : {}),
    ...(!request.complete && endless ? { connection: 'close' } : {}),
  }
}

const challenge = (request: IncomingMessage): string =>
  request.headers.authorization === undefined
    ? 'Bearer realm="chancery"'
    : 'Bearer realm="chancery", error="invalid_token"'
