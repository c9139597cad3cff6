import type { ObjectName } from '../../core/ports/object-store.ts'

/** How a bucket is named: in the path, or in front of the endpoint's host name. */
export type Addressing = 'path' | 'virtual'

/**
 * Where an object is. Nothing has to be escaped: what buckets and keys may hold is checked where they are named, and a
 * URL has all of it as it is.
 * @param endpoint an origin, `https://s3.example.com:9000`
 */
export function objectUrl(endpoint: string, addressing: Addressing, { bucket, key }: ObjectName): string {
  const url = new URL(endpoint)
  // No wildcard certificate is good for a name with a dot in it (RFC 9525 §6.3), so SDKs go by path then, too.
  const inHost = addressing === 'virtual' && !(url.protocol === 'https:' && bucket.includes('.'))
  return inHost ? `${url.protocol}//${bucket}.${url.host}/${key}` : `${url.origin}/${bucket}/${key}`
}
