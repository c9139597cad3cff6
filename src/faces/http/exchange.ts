import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** What is known about one request while it is answered: for the access log, the metrics and error answers. */
export type Exchange = {
  readonly requestId: string
  readonly startedAt: number
  /** The route's pattern, once one matched: no ids, so that logs and metrics group. */
  route: string | undefined
  /** `token/<id>` once authenticated; never the token. */
  principal: string | undefined
  /** The error code of the answer. */
  code: string | undefined
}

// What a proxy in front may send: enough for UUIDs, trace ids and the like, nothing that could forge a log line.
const SANE = /^[A-Za-z0-9._:+/=-]{8,128}$/
const exchanges = new WeakMap<IncomingMessage, Exchange>()

/** Starts the record of a request; takes over a sane `X-Request-Id`, else makes an id. */
export function openExchange(request: IncomingMessage): Exchange {
  const given = request.headers['x-request-id']
  const requestId = typeof given === 'string' && SANE.test(given) ? given : randomUUID()
  const exchange: Exchange = {
    requestId,
    startedAt: performance.now(),
    route: undefined,
    principal: undefined,
    code: undefined,
  }
  exchanges.set(request, exchange)
  return exchange
}

/** The record of a request; opens one where a request came another way. */
export const exchangeOf = (request: IncomingMessage): Exchange =>
  exchanges.get(request) ?? openExchange(request)
