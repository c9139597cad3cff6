import type { RequestHandler } from 'express'
import type { RequestListener } from 'node:http'
import { CACHE_RULES, type CacheRule } from '../../core/domain/cache-rules.ts'
import { caFileAt, repositorySegments } from '../../core/domain/repository-paths.ts'
import { readHttpValidation } from '../../core/operations/validation/http-validation.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { answer, answerText } from '../http/answer.ts'
import { createApp, mountPath, type AppOptions, type Endpoint } from '../http/app.ts'
import { exchangeOf } from '../http/exchange.ts'
import { mountHealth, type Ready } from '../http/health.ts'
import { HttpRefusal } from '../http/refusal.ts'
import { caObject } from './ca-object.ts'
import { crlObject } from './crl-object.ts'
import { deliver } from './deliver.ts'
import type { PublicObject } from './public-object.ts'

export type RepositoryOptions = Omit<AppOptions, 'logger' | 'store'> & {
  readonly ready: Ready
  /** Tried before the usual ones. */
  readonly cacheRules?: readonly CacheRule[]
}

type RepositoryPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>

/**
 * The public port, plain HTTP (RFC 5280 §4.2.1.13 warns of https there: verifying it may need the very CRL): CRLs and
 * CA certificates, the content that proves control over a web server which redirects here, health in two words. No
 * API, no metrics, no names of anything else.
 */
export function createRepositoryApp(ports: RepositoryPorts, options: RepositoryOptions): RequestListener {
  const { ready, cacheRules = [], ...rest } = options
  return createApp({ ...rest, logger: ports.logger, store: ports.store }, (app) => {
    mountPath(app, '/validation/:account/:domain/:file', '/validation/{account}/{domain}/{name}.txt', {
      GET: validationEndpoint(ports),
    })
    mountHealth(app, ready, 'words')
    app.use(files(ports, [...cacheRules, ...CACHE_RULES]))
    // Before the JSON problem of the other faces: two words, whatever was asked.
    app.use((_, response) => answerText(response, 404, 'not found'))
  })
}

/** Files wherever they are asked for: their names decide, see domain/repository-paths.ts. */
function files(ports: RepositoryPorts, cacheRules: readonly CacheRule[]): RequestHandler {
  return async (request, response, next) => {
    const object = await publicObject(ports, request.path)
    if (object === undefined) {
      next()
      return
    }
    exchangeOf(request).route = object.label
    const allow = 'GET, HEAD'
    if (request.method === 'OPTIONS') answer(response, 204, { allow })
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpRefusal('method_not_allowed', `${object.label} answers ${allow}`, { allow })
    else await deliver(request, response, object, { ...ports, cacheRules })
  }
}

/** What a path names; undefined where nobody finds anything. */
async function publicObject(ports: RepositoryPorts, pathname: string): Promise<PublicObject | undefined> {
  const segments = repositorySegments(pathname)
  if (segments === undefined) return undefined
  const file = caFileAt(segments)
  return file === undefined ? crlObject(ports, segments) : caObject(ports, file)
}

function validationEndpoint(ports: RepositoryPorts): Endpoint {
  return async (request, response) => {
    const content = await readHttpValidation(
      ports,
      request.params as { account: string; domain: string; file: string },
    )
    if (content === undefined) answerText(response, 404, 'not found')
    else answerText(response, 200, content)
  }
}
