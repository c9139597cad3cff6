import type { IncomingMessage, ServerResponse } from 'node:http'
import { ChanceryError } from '../../core/domain/errors.ts'
import { CACHE_RULES, cacheRuleFor, cacheSeconds, type CacheRule } from '../../core/domain/cache-rules.ts'
import { cacheTags } from '../../core/domain/cache-tags.ts'
import {
  answerOcsp,
  MALFORMED,
  MOST_REQUEST_OCTETS,
  type KeepableAnswer,
  type OcspAnswer,
} from '../../core/operations/ocsp/answer-ocsp.ts'
import type { ResponderPorts } from '../../core/operations/ocsp/renew-responder.ts'
import { answerText } from '../http/answer.ts'
import { Disconnected, readBody } from '../http/body.ts'
import { etagListed } from '../http/etags.ts'
import { tagHeaders } from './tag-headers.ts'

/** One answered request, for metrics. */
export type OcspMeasurement = {
  /** As OCSP has it; `refused` by HTTP. */
  readonly outcome: OcspAnswer['outcome'] | 'refused'
  readonly fromCache: boolean
  readonly milliseconds: number
}
export type OcspOptions = {
  readonly onOcsp?: (measurement: OcspMeasurement) => void
  /** Tried before the usual ones. */
  readonly cacheRules?: readonly CacheRule[]
}

/** Whether a request is OCSP's, and is answered. */
export type OcspListener = (request: IncomingMessage, response: ServerResponse) => boolean

const PATH = '/ocsp'
const REQUEST_TYPE = 'application/ocsp-request'
/** Longest path read: RFC 9919 §6 sends what is longer than 255 octets by POST. */
const MOST_PATH_OCTETS = 4096
/** DER's SEQUENCE makes base64 begin with M: nothing else on this port does. */
const AT_ROOT = /^\/M[A-Za-z0-9+/%]*={0,2}$/
/** With its padding or without; clients leave that out. */
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const ANSWER = ['content-type', 'application/ocsp-response', 'x-content-type-options', 'nosniff'] as const

/**
 * OCSP over HTTP (RFC 6960 Appendix A, RFC 9919 §6, §7): POST and GET, at `/ocsp` and at the root, where an authority has
 * a host of its own. In front of the web framework, which would cost more than an answer does; requests are counted and
 * not logged, since each says who looks at whose certificate.
 */
export function createOcspListener(
  ports: ResponderPorts,
  { onOcsp = () => {}, cacheRules = [] }: OcspOptions = {},
): OcspListener {
  const rule = cacheRuleFor([...cacheRules, ...CACHE_RULES], '/ocsp/request')
  return (request, response) => {
    const url = request.url ?? ''
    const method = request.method ?? ''
    const own = url === PATH || url.startsWith(`${PATH}/`)
    if (!own && !(url === '/' && method === 'POST') && !AT_ROOT.test(url)) return false
    const startedAt = performance.now()
    const done = (outcome: OcspMeasurement['outcome'], fromCache = false): void =>
      onOcsp({ outcome, fromCache, milliseconds: performance.now() - startedAt })
    answered(ports, rule, request, response, method, own ? url.slice(PATH.length) : url).then(
      (answer) => done(answer?.outcome ?? 'refused', answer?.fromCache === true),
      (error: unknown) => {
        if (error instanceof Disconnected || response.headersSent) response.destroy()
        else refuse(response, 500, 'internal error')
        if (!(error instanceof Disconnected)) ports.logger.error({ err: error }, 'could not answer over OCSP')
        done('internalError')
      },
    )
    return true
  }
}

/** @param rest of the path behind `/ocsp`, or all of it; @returns undefined when HTTP said why not */
async function answered(
  ports: ResponderPorts,
  rule: CacheRule,
  request: IncomingMessage,
  response: ServerResponse,
  method: string,
  rest: string,
): Promise<OcspAnswer | undefined> {
  const bare = rest === '' || rest === '/'
  const allow = bare ? 'POST' : 'GET, HEAD'
  if (method === 'OPTIONS') return refuse(response, 204, '', { allow })
  const der =
    bare && method === 'POST'
      ? await posted(request, response)
      : !bare && (method === 'GET' || method === 'HEAD')
        ? inPath(rest, response)
        : refuse(response, 405, 'not allowed', { allow })
  if (der === undefined) return undefined
  const answer = der === 'malformed' ? MALFORMED : await answerOcsp(ports, der)
  if (answer.keepable !== undefined)
    giveKeepable(
      request,
      response,
      answer.keepable,
      cacheSeconds(rule, answer.keepable.refreshAt - ports.calendar.now()),
      bare,
    )
  else {
    response.writeHead(200, [
      ...ANSWER,
      'cache-control',
      'no-store',
      'content-length',
      String(answer.der.length),
    ])
    response.end(answer.der)
  }
  return answer
}

async function posted(request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = request.headers
  const isRequest = type === REQUEST_TYPE || type.split(';', 1)[0]?.trim().toLowerCase() === REQUEST_TYPE
  if (!isRequest || encoding !== 'identity')
    return refuse(response, 415, 'unsupported type', { 'accept-post': REQUEST_TYPE })
  try {
    return await readBody(request, MOST_REQUEST_OCTETS)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    return refuse(response, 413, 'too large', { connection: 'close' })
  }
}

/** RFC 6960 Appendix A.1: base64, percent-encoded; as it comes, too, and behind more slashes than one. */
function inPath(path: string, response: ServerResponse): Buffer | 'malformed' | undefined {
  if (path.length > MOST_PATH_OCTETS) return refuse(response, 414, 'too long')
  let text = path.replace(/^\/+/, '')
  try {
    if (text.includes('%')) text = decodeURIComponent(text)
  } catch {
    return 'malformed'
  }
  return BASE64.test(text) ? Buffer.from(text, 'base64') : 'malformed'
}

function refuse(
  response: ServerResponse,
  status: number,
  words: string,
  headers: Readonly<Record<string, string>> = {},
): undefined {
  answerText(response, status, words, headers)
}

type Validators = { readonly etag: string; readonly headers: readonly string[] }
const known = new WeakMap<KeepableAnswer, Validators>()

/** What is the same each time that an answer is given. */
function validatorsOf(answer: KeepableAnswer): Validators {
  const made = known.get(answer)
  if (made !== undefined) return made
  const { digest, thisUpdate, nextUpdate, authority, serial } = answer
  const tags = [cacheTags.responder(authority), cacheTags.certificate(authority, serial)]
  const etag = `"${digest}"`
  const headers = [
    ...ANSWER,
    ...['last-modified', new Date(thisUpdate).toUTCString(), 'etag', etag],
    ...['expires', new Date(nextUpdate).toUTCString()],
    ...Object.entries(tagHeaders(tags)).flat().map(String),
  ]
  const validators = { etag, headers }
  known.set(answer, validators)
  return validators
}

/** RFC 9919 §7.2; the very answer again is a 304, where whoever asks has it already. */
function giveKeepable(
  request: IncomingMessage,
  response: ServerResponse,
  answer: KeepableAnswer,
  seconds: number,
  byPost: boolean,
): void {
  const { etag, headers } = validatorsOf(answer)
  const control = ['cache-control', `max-age=${seconds}, public, no-transform, must-revalidate`]
  if (!byPost && isUnchanged(request, answer, etag)) {
    response.writeHead(304, [...headers, ...control]).end()
    return
  }
  response.writeHead(200, [...headers, ...control, 'content-length', String(answer.der.length)])
  response.end(answer.der)
}

/**
 * RFC 9110 §13.2.2. A date has whole seconds: a certificate that was good and revoked in one second had two answers of one
 * date, so only `good` is taken for unchanged by it.
 */
function isUnchanged({ headers }: IncomingMessage, answer: KeepableAnswer, etag: string): boolean {
  const listed = headers['if-none-match']
  if (listed !== undefined) return etagListed(listed, etag)
  const since = headers['if-modified-since']
  return since !== undefined && answer.outcome === 'good' && Date.parse(since) >= answer.thisUpdate
}
