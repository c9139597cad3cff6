import type { Server } from 'node:http'
import { answerText } from '../faces/http/answer.ts'
import type { Measurement } from '../faces/http/app.ts'
import type { Metrics } from '../adapters/system/metrics.ts'
import { entranceOf } from '../faces/http/front-door/entrance.ts'
import type { RateLimitRule } from '../faces/http/front-door/rate-limit.ts'
import { failureGuard } from '../faces/http/front-door/failures.ts'
import { RateLimits } from '../faces/http/front-door/rate-limits.ts'
import type { RestOptions } from '../faces/rest/app.ts'
import type { FrontDoorOptions } from '../faces/http/front-door/door.ts'
import { bareRefusal } from '../faces/http/problem.ts'
import type { ListenerTls } from '../faces/http/server.ts'
import { recordCalls } from '../core/operations/audit/record-calls.ts'
import { mountApprovalPages } from '../faces/pages/approvals.ts'
import { createRepositoryListener } from '../faces/pki/listener.ts'
import { apiListener } from './api-listener.ts'
import type { Composition } from './compose.ts'
import type { Config } from './config.ts'
import { listen, listenPrivately, serverFor, urlOf, type Face } from './listeners.ts'

type Opening = {
  readonly ready: () => boolean
  readonly tls: ListenerTls | undefined
  /** What listens is put here at once: it has to be closed again when the next one can't be opened. */
  readonly listening: Server[]
}

export type Opened = {
  readonly apiServer: Server
  readonly publicServer: Server
  /** Those that have the listener's certificate. */
  readonly tlsServers: readonly Server[]
  /** Where the operator's further listeners are: a URL, or the path of a Unix socket. */
  readonly privately: Readonly<Record<string, string>>
  /** Of the API, on all its listeners together. */
  readonly limits: RateLimits | undefined
}

/**
 * Opens both ports and the operator's further listeners.
 * @throws Error naming the setting of one that can't be opened
 */
export async function openListeners(
  composition: Composition,
  config: Config,
  { ready, tls, listening }: Opening,
): Promise<Opened> {
  const { metrics } = composition
  const { frontDoor } = config
  const limits = limitsFrom(frontDoor.limits, metrics)
  const api = apiFace(composition, config, ready, limits)
  const { proxies, hosts, rules, cors, hstsSeconds } = frontDoor
  const door: FrontDoorOptions = { proxies, hosts, rules, limits, cors, hstsSeconds }
  const apiServer = serverFor(api, { ...door, name: 'api' }, config, metrics, tls)
  listening.push(await listen(apiServer, config.bind, config.apiPort, 'CHANCERY_API_PORT'))
  const publicLimits = limitsFrom(frontDoor.publicLimits, metrics)
  const publicDoor = { name: 'public', proxies, rules: frontDoor.publicRules, limits: publicLimits }
  const publicServer = serverFor(publicFace(composition, config, ready), publicDoor, config, metrics)
  listening.push(await listen(publicServer, config.bind, config.publicPort, 'CHANCERY_PUBLIC_PORT'))
  const tlsServers = [apiServer]
  const privately: Record<string, string> = {}
  for (const at of frontDoor.listeners) {
    const unix = 'path' in at ? true : undefined
    const privateDoor = { ...door, name: at.name, listener: at.name, unix }
    const server = serverFor(api, privateDoor, config, metrics, unix === true ? undefined : tls)
    listening.push(await listenPrivately(server, at))
    privately[at.name] = 'path' in at ? at.path : urlOf(server)
    if (unix === undefined) tlsServers.push(server)
  }
  return { apiServer, publicServer, tlsServers, privately, limits }
}

const limitsFrom = (rules: readonly RateLimitRule[], { throttled }: Metrics): RateLimits | undefined =>
  rules.length === 0 ? undefined : new RateLimits(rules, throttled)

const shared = ({ metrics }: Composition, { accessLog }: Config, ready: () => boolean) => ({
  ready,
  accessLog,
  onAnswered: ({ route, method, status, milliseconds }: Measurement) =>
    metrics.httpRequest(route, method, status, milliseconds / 1000),
})

function apiFace(
  composition: Composition,
  config: Config,
  ready: () => boolean,
  limits: RateLimits | undefined,
): Face {
  const { ports, metrics } = composition
  const { reads, refusals } = config.audit.calls
  return apiListener(ports, {
    ...shared(composition, config, ready),
    bodyLimit: config.bodyLimit,
    ...(limits?.limitsCalls === true && { limit: callLimit(limits) }),
    ...(reads || refusals ? { audit: recordCalls(ports, config.audit.calls) } : {}),
    ...(limits?.limitsFailures === true && { guard: failureGuard(limits) }),
    pages: (app) => mountApprovalPages(app, ports),
    metrics: { contentType: metrics.contentType, text: metrics.text, open: config.metricsOpen },
  })
}

const callLimit =
  (limits: RateLimits): NonNullable<RestOptions['limit']> =>
  (request, response, principal, operation) =>
    limits.takeCall(response, principal, operation, entranceOf(request).address)

function publicFace(composition: Composition, config: Config, ready: () => boolean): Face {
  const { ports, metrics } = composition
  return {
    inner: createRepositoryListener(ports, {
      ...shared(composition, config, ready),
      onOcsp: metrics.ocspRequest,
      cacheRules: config.repository.cacheRules,
    }),
    // A few words, as everything there is: no document that says what kind of service it is.
    refuse: (request, response, thrown) => {
      const { status, headers } = bareRefusal(thrown, request)
      answerText(response, status, status === 429 ? 'too many requests' : 'refused', headers)
    },
  }
}
