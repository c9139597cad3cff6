import type { IncomingMessage, ServerResponse } from 'node:http'
import { constants, createGzip } from 'node:zlib'
import { cacheRuleFor, cacheSeconds, type CacheRule } from '../../core/domain/cache-rules.ts'
import { SECOND, wholeSecond, type Millis } from '../../core/domain/time.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { answer, answerStream, type Headers } from '../http/answer.ts'
import { acceptsGzip } from './codings.ts'
import { conditionsMet, rangeStands } from './conditions.ts'
import type { PublicObject } from './public-object.ts'
import { rangeAsked, type ByteRange } from '../http/ranges.ts'
import { tagHeaders } from './tag-headers.ts'

type Delivery = Pick<Ports, 'calendar' | 'clock'> & { readonly cacheRules: readonly CacheRule[] }

/** Less isn't worth a second representation in every cache. */
const LEAST_TO_COMPRESS = 1024
/** Compressions at a time, since they share a few threads with signatures: who comes then gets the octets themselves. */
const MOST_COMPRESSIONS = 4
let compressing = 0

/**
 * Answers a GET or HEAD for an object: conditions (RFC 9110 §13), one range of octets (§14), gzip where it is asked for
 * and no range is, and what caches go by (RFC 9111). Nothing is read faster than the client takes it.
 */
export async function deliver(
  request: IncomingMessage,
  response: ServerResponse,
  object: PublicObject,
  delivery: Delivery,
): Promise<void> {
  const { headers } = request
  const lastModified = lastModifiedOf(object, delivery.clock.now())
  const identity = { etag: `"${object.etag}"`, lastModified }
  const range = rangeStands(headers, identity) ? rangeAsked(headers.range, object.length) : undefined
  const gzip = range === undefined && isCompressed(request, object)
  const validators = gzip ? { ...identity, etag: `"${object.etag}-gzip"` } : identity
  const shared = sharedHeaders(object, validators.etag, lastModified, delivery)
  const verdict = conditionsMet(headers, validators)
  if (verdict === 304) return answer(response, 304, shared)
  if (verdict === 412) return answer(response, 412, { 'content-type': 'text/plain' }, 'changed\n')
  if (range === 'unsatisfiable') return answer(response, 416, { 'content-range': `bytes */${object.length}` })
  const described = { ...shared, 'content-type': object.mediaType }
  if (gzip) return compressed(response, object, described)
  const { from, to } = range ?? { from: 0, to: object.length }
  const whole = { ...described, 'content-length': to - from, ...rangeHeaders(range, object.length) }
  return answerStream(response, range === undefined ? 200 : 206, whole, object.octets(from, to))
}

const rangeHeaders = (range: ByteRange | undefined, length: number): Headers =>
  range === undefined ? {} : { 'content-range': `bytes ${range.from}-${range.to - 1}/${length}` }

const isCompressed = ({ headers }: IncomingMessage, { length }: PublicObject): boolean =>
  length >= LEAST_TO_COMPRESS && compressing < MOST_COMPRESSIONS && acceptsGzip(headers['accept-encoding'])

async function compressed(response: ServerResponse, object: PublicObject, headers: Headers): Promise<void> {
  const coded = { ...headers, 'content-encoding': 'gzip' }
  compressing++
  try {
    // The quickest level: most of a CRL is random serial numbers, which no level makes shorter.
    const gzip = createGzip({ level: constants.Z_BEST_SPEED })
    await answerStream(response, 200, coded, object.octets(0, object.length), gzip)
  } finally {
    compressing--
  }
}

/**
 * Undefined in its first second, when another one may follow with the same date (RFC 9110 §8.8.2.2), and where a
 * simulation's calendar is ahead of the clock (§8.8.2.1: never later than Date).
 */
const lastModifiedOf = ({ lastModified }: PublicObject, clockNow: Millis): Millis | undefined =>
  lastModified === undefined || lastModified + SECOND > clockNow ? undefined : wholeSecond(lastModified)

function sharedHeaders(
  { path, ends, immutable, tags, length }: PublicObject,
  etag: string,
  lastModified: Millis | undefined,
  { calendar, clock, cacheRules }: Delivery,
): Headers {
  const left = ends === undefined ? undefined : Math.max(0, ends - calendar.now())
  const seconds = cacheSeconds(cacheRuleFor(cacheRules, path), immutable ? undefined : left)
  const spare = left === undefined || immutable ? 0 : Math.floor(left / SECOND) - seconds
  return {
    etag,
    ...(lastModified === undefined ? {} : { 'last-modified': new Date(lastModified).toUTCString() }),
    'cache-control': [
      'public',
      `max-age=${seconds}`,
      ...(immutable && seconds > 0 ? ['immutable'] : []),
      // RFC 5861 §4: while we can't be reached, a CRL is as good as it says itself, and better than none.
      ...(spare > 0 ? [`stale-if-error=${spare}`] : []),
    ].join(', '),
    // RFC 9111 §5.3, for what knows no max-age.
    expires: new Date(wholeSecond(clock.now()) + seconds * SECOND).toUTCString(),
    'accept-ranges': 'bytes',
    ...(length < LEAST_TO_COMPRESS ? {} : { vary: 'accept-encoding' }),
    ...tagHeaders(tags),
    // Anybody may embed or fetch it: it is public, and useless when it can't be read across origins.
    'cross-origin-resource-policy': 'cross-origin',
  }
}
