import type { Express } from 'express'
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isAuthorityId } from '../../core/domain/ids.ts'
import { HOUR, MINUTE, SECOND } from '../../core/domain/time.ts'
import { readCaCertificate, readCrl } from '../../core/operations/revocation/public-repository.ts'
import { readHttpValidation } from '../../core/operations/validation/http-validation.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { certificatePem } from '../../core/operations/certificates/certificate-facts.ts'
import { answer, answerText, type Headers } from '../http/answer.ts'
import { createApp, mountPath, type AppOptions, type Endpoint } from '../http/app.ts'
import { etagListed } from '../http/etags.ts'
import { mountHealth, type Ready } from '../http/health.ts'

export type RepositoryOptions = Omit<AppOptions, 'logger'> & { readonly ready: Ready }

type RepositoryPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'logger'>

/**
 * A revocation makes a new CRL at once: caches may hold an old one this long, however far its nextUpdate is.
 */
const CRL_MAX_AGE = 5 * MINUTE
const CERTIFICATE_MAX_AGE = 24 * HOUR

/**
 * The public port, plain HTTP (RFC 5280 §4.2.1.13 warns of https there: verifying it may need the very CRL): CRLs and
 * CA certificates by authority id, the content that proves control over a web server which redirects here, health in
 * two words. No API, no metrics, no names of anything else.
 */
export function createRepositoryApp(ports: RepositoryPorts, options: RepositoryOptions): Express {
  const { ready, ...rest } = options
  return createApp({ ...rest, logger: ports.logger }, (app) => {
    mountPath(app, '/crl/:file', '/crl/{authority}.crl', { GET: crlEndpoint(ports) })
    mountPath(app, '/ca/:file', '/ca/{authority}[-by-{issuer}].{cer,pem}', {
      GET: certificateEndpoint(ports),
    })
    mountPath(app, '/validation/:account/:domain/:file', '/validation/{account}/{domain}/{name}.txt', {
      GET: validationEndpoint(ports),
    })
    mountHealth(app, ready, 'words')
    // Before the JSON problem of the other faces: two words, whatever was asked.
    app.use((_, response) => answerText(response, 404, 'not found'))
  })
}

/** The id in `<id>.<one of the extensions>`, or the two in `<id>-by-<id>`; undefined for every other file name. */
function fileOf(
  request: { params: unknown },
  extensions: readonly string[],
): { id: string; extension: string } | undefined {
  const { file } = request.params as { file: string }
  const dot = file.lastIndexOf('.')
  const id = file.slice(0, dot)
  const extension = file.slice(dot + 1)
  const ids = id.split('-by-')
  return dot > 0 && ids.length <= 2 && ids.every(isAuthorityId) && extensions.includes(extension)
    ? { id, extension }
    : undefined
}

function crlEndpoint(ports: RepositoryPorts): Endpoint {
  return async (request, response) => {
    const file = fileOf(request, ['crl'])
    const crl = file === undefined ? undefined : await readCrl(ports, file.id)
    if (crl === undefined) {
      answerText(response, 404, 'not found')
      return
    }
    const left = Math.max(0, crl.nextUpdate - ports.calendar.now())
    const seconds = Math.floor(Math.min(left, CRL_MAX_AGE) / SECOND)
    answerCacheable(request, response, crl.der, {
      'content-type': 'application/pkix-crl',
      // Numbers are never used twice: the same number, the same octets.
      etag: `"${crl.number}"`,
      'last-modified': new Date(crl.thisUpdate).toUTCString(),
      'cache-control': `public, max-age=${seconds}`,
    })
  }
}

function certificateEndpoint(ports: RepositoryPorts): Endpoint {
  return async (request, response) => {
    const file = fileOf(request, ['cer', 'pem'])
    const der = file === undefined ? undefined : await readCaCertificate(ports, file.id)
    if (file === undefined || der === undefined) {
      answerText(response, 404, 'not found')
      return
    }
    const pem = file.extension === 'pem'
    const digest = createHash('sha256').update(der).digest('base64url').slice(0, 24)
    answerCacheable(request, response, pem ? certificatePem(der) : der, {
      'content-type': pem ? 'application/pem-certificate-chain' : 'application/pkix-cert',
      etag: `"${file.extension}-${digest}"`,
      'cache-control': `public, max-age=${CERTIFICATE_MAX_AGE / SECOND}`,
    })
  }
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

/** 304 where the caller has it (RFC 9110 §13.2.2: If-Modified-Since only counts without If-None-Match). */
function answerCacheable(
  request: IncomingMessage,
  response: ServerResponse,
  content: string | Uint8Array,
  headers: Headers,
): void {
  const known = request.headers['if-none-match']
  const since = Date.parse(request.headers['if-modified-since'] ?? '')
  const modified = Date.parse(String(headers['last-modified'] ?? ''))
  const unchanged = known === undefined ? since >= modified : etagListed(known, String(headers['etag']))
  // Anybody may embed or fetch it: it is public, and useless when it can't be read across origins.
  const open = { ...headers, 'cross-origin-resource-policy': 'cross-origin' }
  answer(response, unchanged ? 304 : 200, open, unchanged ? '' : content)
}
