import type { Headers } from '../http/answer.ts'

/** As Varnish and Fastly, and as Cloudflare and Akamai, have the tags that caches are purged by. */
export const tagHeaders = (tags: readonly string[]): Headers => ({
  'surrogate-key': tags.join(' '),
  'cache-tag': tags.join(','),
})
