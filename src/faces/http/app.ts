import express, { type ErrorRequestHandler, type Express } from 'express'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Logger } from '../../core/ports/logger.ts'
import type { Store } from '../../core/ports/store.ts'
import { answer } from './answer.ts'
import { exchangeOf, openExchange } from './exchange.ts'
import { answerProblem } from './problem.ts'
import { HttpRefusal } from './refusal.ts'

/** One answered request, for metrics: routes are patterns, so their number is bounded. */
export type Measurement = {
  readonly method: string
  readonly route: string
  readonly status: number
  readonly milliseconds: number
}

export type AppOptions = {
  readonly logger: Logger
  /** Told of each request before anything is read for it. */
  readonly store: Pick<Store, 'refresh'>
  readonly onAnswered?: (measurement: Measurement) => void
  /** Whether to log each request; on when absent. */
  readonly accessLog?: boolean
}

/** The caller went away before the answer: no status went out. As some proxies log it. */
const CLIENT_CLOSED = 499

/**
 * An Express app with what every face over HTTP shares: request ids, the access log, 404, errors as problems. Nothing
 * else stands between the listener and a route: at thousands of requests a second each layer shows.
 */
export function createApp(options: AppOptions, mount: (app: Express) => void): RequestListener {
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  // Queries are read once, by the route that has a schema for them.
  app.set('query parser', false)
  app.set('strict routing', true)
  app.set('case sensitive routing', true)
  mount(app)
  app.use((request) => {
    throw new ChanceryError('not_found', `there is no ${request.path.slice(0, 200)}`)
  })
  app.use(errorHandler(options.logger))
  const answered = app as unknown as RequestListener
  return (request, response) => {
    observe(request, response, options)
    answered(request, response)
  }
}

/** Gives a request its id, and sees to it that the answer is measured and logged. */
export function observe(
  request: IncomingMessage,
  response: ServerResponse,
  { logger, store, onAnswered, accessLog = true }: AppOptions,
): void {
  store.refresh()
  const exchange = openExchange(request)
  response.on('close', () => {
    const milliseconds = performance.now() - exchange.startedAt
    const status = response.writableEnded ? response.statusCode : CLIENT_CLOSED
    const method = request.method ?? ''
    const route = exchange.route ?? 'none'
    onAnswered?.({ method, route, status, milliseconds })
    if (!accessLog) return
    const { requestId, principal, code } = exchange
    const ms = Math.round(milliseconds * 100) / 100
    logger.info({ method, route, status, ms, requestId, principal, code }, 'request')
  })
}

function errorHandler(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    // Express tells error handlers by their four parameters.
    void next
    answerProblem(request, response, thrown, logger)
  }
}

/** Work for one method of a path; what it throws is answered as a problem. */
export type Endpoint = (request: IncomingMessage & { params: unknown }, response: ServerResponse) => unknown

const EXPRESS_METHODS = { GET: 'get', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const
export type EndpointMethod = keyof typeof EXPRESS_METHODS

/**
 * Mounts all methods of one path: HEAD wherever there is GET, OPTIONS answered with `Allow`, 405 for the rest
 * (RFC 9110 §15.5.6).
 * @param path as Express writes it, parameters with a colon
 * @param label the pattern for log and metrics
 */
export function mountPath(
  app: Express,
  path: string,
  label: string,
  endpoints: Partial<Record<EndpointMethod, Endpoint>>,
): void {
  const methods = Object.keys(endpoints) as EndpointMethod[]
  for (const method of methods) {
    const endpoint = endpoints[method] as Endpoint
    app[EXPRESS_METHODS[method]](path, async (request, response) => {
      exchangeOf(request).route = label
      await endpoint(request, response)
    })
  }
  const allow = methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])).join(', ')
  app.all(path, (request, response) => {
    exchangeOf(request).route = label
    if (request.method === 'OPTIONS') answer(response, 204, { allow })
    else throw new HttpRefusal('method_not_allowed', `${label} answers ${allow}`, { allow })
  })
}
