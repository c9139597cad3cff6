import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The cookie that a page sets, and that must come back with its form. */
const COOKIE = 'chancery-approval'
const NONCE = /^[A-Za-z0-9_-]{43}$/

/**
 * What goes into the form: only who has both the link and the cookie can make it. Another site's form has neither, and
 * a form of one link is no good for another.
 */
export const csrfToken = (token: string, nonce: string): string =>
  createHmac('sha256', token).update(nonce).digest('base64url')

/** Whether a form came from a page of ours, in the browser that it was shown in. */
export function isOwnForm(request: IncomingMessage, token: string, given: string): boolean {
  // Fetch Metadata: a browser that says where a request is from is believed.
  const site = request.headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin') return false
  const nonce = cookieOf(request)
  if (nonce === undefined) return false
  const expected = Buffer.from(csrfToken(token, nonce))
  const octets = Buffer.from(given)
  return octets.length === expected.length && timingSafeEqual(octets, expected)
}

/** The nonce that the browser has, if it has a sane one. */
export function cookieOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='))
  const value = pairs.find(([name]) => name === COOKIE)?.[1]
  return value !== undefined && NONCE.test(value) ? value : undefined
}

/** `Set-Cookie` for a nonce, for these pages only and for no script. */
export const cookieFor = (nonce: string, secure: boolean): string =>
  `${COOKIE}=${nonce}; HttpOnly; SameSite=Strict; Max-Age=86400${secure ? '; Secure' : ''}`
