import { createHash } from 'node:crypto'

/** A strong ETag (RFC 9110 §8.8.3) of a representation: the same octets, the same tag. */
export const etagOf = (body: string | Uint8Array): string =>
  `"${createHash('sha256').update(body).digest('base64url').slice(0, 24)}"`

/** Whether a list of ETags names `etag`; `*` names every one. Weak comparison (§8.8.3.2), as §13.1.2 asks for GET. */
export function etagListed(list: string | undefined, etag: string): boolean {
  if (list === undefined) return false
  if (list.trim() === '*') return true
  return list.split(',', 100).some((item) => item.trim().replace(/^W\//, '') === etag)
}

/** The same with strong comparison, as If-Match asks for (§13.1.1): a weak tag never matches. */
export const etagMatches = (list: string, etag: string): boolean =>
  list.trim() === '*' || list.split(',', 100).some((item) => item.trim() === etag)
