import type { IncomingMessage } from 'node:http'
import { ChanceryError } from '../../core/domain/errors.ts'
import { HttpRefusal } from './refusal.ts'

export const JSON_TYPE = 'application/json'

/**
 * The media type of a body, one of `allowed`.
 * @throws media_type_unsupported with `Accept-Post` (W3C LDP §7.1) or `Accept-Patch` (RFC 5789 §3.1)
 */
export function contentTypeOf(request: IncomingMessage, allowed: readonly string[]): string {
  const given = request.headers['content-type']
  const encoding = request.headers['content-encoding']
  if (given === JSON_TYPE && encoding === undefined && allowed[0] === JSON_TYPE) return JSON_TYPE
  const refused = (message: string) =>
    new HttpRefusal('media_type_unsupported', message, {
      [request.method === 'PATCH' ? 'accept-patch' : 'accept-post']: allowed.join(', '),
    })
  if (encoding !== undefined && encoding !== 'identity')
    throw refused('Content-Encoding: only identity is taken')
  const [type = '', ...parameters] = (given ?? '').split(';').map((part) => part.trim().toLowerCase())
  if (!allowed.includes(type)) throw refused(`Content-Type: ${allowed.join(' or ')} expected`)
  for (const parameter of parameters) {
    if (/^charset\s*=/.test(parameter) && !/^charset="?(utf-8|us-ascii)"?$/.test(parameter))
      throw refused('Content-Type: only the charset utf-8 is taken')
  }
  return type
}

type Range = { readonly type: string; readonly q: number }

/**
 * Which of the `offers` to answer with (RFC 9110 §12.5.1); the first for a caller without preferences.
 * @throws not_acceptable
 */
export function negotiate(accept: string | undefined, offers: readonly string[]): string {
  const first = offers[0] as string
  if (accept === undefined || accept === '*/*' || accept === first) return first
  const ranges = rangesOf(accept)
  let best: Range | undefined
  for (const type of offers) {
    const q = qualityOf(type, ranges)
    if (q > (best?.q ?? 0)) best = { type, q }
  }
  if (best !== undefined) return best.type
  throw new ChanceryError('not_acceptable', `Accept: this resource comes as ${offers.join(' or ')}`)
}

function rangesOf(accept: string): Range[] {
  return accept.split(',', 50).map((text) => {
    const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
    const weight = parameters.find((parameter) => parameter.startsWith('q='))
    const q = weight === undefined ? 1 : Number(weight.slice(2))
    return { type, q: q >= 0 && q <= 1 ? q : 0 }
  })
}

/** The most specific range decides: `text/html;q=0, text/*` refuses text/html. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.split('/', 1)[0] ?? ''}/*`
  for (const pattern of [type, family, '*/*']) {
    const found = ranges.find((range) => range.type === pattern)
    if (found !== undefined) return found.q
  }
  return 0
}
