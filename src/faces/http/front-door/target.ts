import type { IncomingMessage } from 'node:http'
import { invalid } from '../refusal.ts'

/** What a request is for, as rules compare it. */
export type Target = {
  /** Decoded once, without the query. */
  readonly path: string
  /** In lower case, without a port; undefined where the request names none. */
  readonly host: string | undefined
}

/** RFC 9112 §3.2.2: a whole URL, as proxies are asked; servers have to take it, and its host goes before the header's. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)([^?#]*)/i

/**
 * The request's target, in whichever form it came: a rule must see what the router will.
 * @throws request_invalid for escapes that aren't UTF-8
 */
export function targetOf({ url = '', headers }: Pick<IncomingMessage, 'url' | 'headers'>): Target {
  const absolute = url.startsWith('/') ? null : ABSOLUTE.exec(url)
  const raw =
    absolute === null ? (url.split(/[?#]/, 1)[0] ?? '') : absolute[2] === '' ? '/' : (absolute[2] ?? '')
  const authority = absolute?.[1] ?? headers.host
  return { path: decoded(raw), host: authority === undefined ? undefined : hostIn(authority) }
}

const hostIn = (authority: string): string => authority.replace(/:\d*$/, '').toLowerCase()

function decoded(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw invalid('path', 'escape', 'holds a percent escape that is not UTF-8')
  }
}
