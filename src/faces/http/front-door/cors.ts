import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer } from '../answer.ts'

/** Web pages of which origins may call the API. */
export type CorsOptions = {
  /** Such as `https://console.example.com`; or `*` alone, any. */
  readonly origins: readonly string[]
}

/** A browser asks again after this, in seconds; browsers keep it two hours at most. */
const MAX_AGE = 600
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const REQUEST_HEADERS = [
  'authorization, content-type, accept, idempotency-key, if-match, if-none-match, chancery-region, x-request-id',
  // As AWS's SDK for JavaScript sends them from a page.
  'x-amz-target, x-amz-date, x-amz-content-sha256, x-amz-security-token, x-amz-user-agent',
  'amz-sdk-invocation-id, amz-sdk-request, range',
].join(', ')
const EXPOSED = [
  'etag, location, retry-after, content-disposition, x-request-id, www-authenticate, ratelimit, ratelimit-policy',
  // It sets its clock by the one, and tells errors by the other.
  'date, x-amzn-errortype, x-amzn-requestid, x-amz-request-id, content-range',
].join(', ')

/**
 * What the Fetch Standard's CORS protocol asks for. Never with credentials: nothing here is known by a cookie, and what a
 * page wants to do it does with a token of its own.
 * @returns whether the request was a preflight, and is answered
 */
export function answerCors(
  request: IncomingMessage,
  response: ServerResponse,
  { origins }: CorsOptions,
): boolean {
  const any = origins[0] === '*'
  // For caches, also where there is no Origin: another page's answer may come from there.
  if (!any) response.setHeader('vary', 'Origin')
  const { origin } = request.headers
  if (origin === undefined) return false
  const allowed = any || origins.includes(origin)
  if (allowed) {
    response.setHeader('access-control-allow-origin', any ? '*' : origin)
    response.setHeader('access-control-expose-headers', EXPOSED)
  }
  if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined)
    return false
  answer(response, 204, allowed ? PREFLIGHT : {})
  return true
}

const PREFLIGHT = {
  'access-control-allow-methods': METHODS,
  'access-control-allow-headers': REQUEST_HEADERS,
  'access-control-max-age': MAX_AGE,
}
