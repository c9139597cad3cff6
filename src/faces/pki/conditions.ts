import type { IncomingHttpHeaders } from 'node:http'
import { wholeSecond, type Millis } from '../../core/domain/time.ts'
import { etagListed, etagMatches } from '../http/etags.ts'

/** What a representation is compared by; the ETag with its quotes. */
export type Validators = { readonly etag: string; readonly lastModified: Millis | undefined }

/** 200: the condition holds, or there is none; 304 and 412 end the exchange. */
export type Verdict = 200 | 304 | 412

/** Preconditions in the order of RFC 9110 §13.2.2: each date counts only where its ETag wasn't given. */
export function conditionsMet(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): Verdict {
  const match = headers['if-match']
  if (match !== undefined) {
    if (!etagMatches(match, etag)) return 412
  } else {
    const unmodified = dateIn(headers['if-unmodified-since'])
    if (unmodified !== undefined && lastModified !== undefined && wholeSecond(lastModified) > unmodified)
      return 412
  }
  const noneMatch = headers['if-none-match']
  if (noneMatch !== undefined) return etagListed(noneMatch, etag) ? 304 : 200
  const since = dateIn(headers['if-modified-since'])
  return since !== undefined && lastModified !== undefined && wholeSecond(lastModified) <= since ? 304 : 200
}

/**
 * Whether a range may be answered (RFC 9110 §13.1.5): without If-Range, or when what it names is exactly what there is
 * now. A weak tag never is; a date only when it is the very one that was sent.
 */
export function rangeStands(headers: IncomingHttpHeaders, { etag, lastModified }: Validators): boolean {
  const given = headers['if-range']
  if (given === undefined) return true
  if (typeof given !== 'string') return false
  if (/^(W\/)?"/.test(given)) return given === etag
  return lastModified !== undefined && dateIn(given) === wholeSecond(lastModified)
}

/** An HTTP date; undefined for what is none, which RFC 9110 has ignored. */
function dateIn(header: string | undefined): Millis | undefined {
  const time = header === undefined ? NaN : Date.parse(header)
  return Number.isNaN(time) ? undefined : time
}
