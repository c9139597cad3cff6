import type { ServerResponse } from 'node:http'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Disconnected } from './body.ts'
import { exchangeOf } from './exchange.ts'

/**
 * On every answer. An API answers data only: nothing in it may be run, framed or sniffed. No
 * Strict-Transport-Security: the API listens on a host name that others share, and speaks nothing but TLS anyway.
 */
const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const

export type Headers = Readonly<Record<string, string | number>>

/** Said once, with the status: what was set one by one before makes Node merge and check each of the others by itself. */
const commonHeaders = (response: ServerResponse): Headers => ({
  'x-request-id': exchangeOf(response.req).requestId,
  ...SECURITY_HEADERS,
  'cache-control': 'no-store',
})

/**
 * Ends an answer in one write. Without a `Cache-Control` of its own it must not be stored: answers are for one caller.
 */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Headers,
  body: string | Uint8Array = '',
): void {
  // 204 and 304 have no content, and so no length (RFC 9110 §8.6).
  const bare = status === 204 || status === 304
  const length = Buffer.byteLength(body)
  response.writeHead(status, {
    ...commonHeaders(response),
    ...(bare ? {} : { 'content-length': length }),
    ...headers,
  })
  if (bare) response.end()
  // As long in octets as in characters: ASCII, which needn't be encoded on its way to the socket.
  else if (typeof body === 'string' && length === body.length) response.end(body, 'latin1')
  else response.end(body)
}

/**
 * Sends an answer as it is read, no faster than the caller takes it; nothing is read for a HEAD.
 * @param coding what it goes through
 * @throws Disconnected when the caller goes away, what reading threw otherwise; the connection is broken then
 */
export async function answerStream(
  response: ServerResponse,
  status: number,
  headers: Headers,
  pieces: AsyncIterable<Uint8Array>,
  coding?: Transform,
): Promise<void> {
  response.writeHead(status, { ...commonHeaders(response), ...headers })
  if (response.req.method === 'HEAD') {
    response.end()
    return
  }
  try {
    await (coding === undefined ? pipeline(pieces, response) : pipeline(pieces, coding, response))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    throw code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE'
      ? new Disconnected()
      : error
  }
}

/** Ends an answer with JSON. */
export const answerJson = (
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Headers = {},
): void => answer(response, status, { 'content-type': 'application/json', ...headers }, JSON.stringify(value))

/** Ends an answer with a short plain text. */
export const answerText = (
  response: ServerResponse,
  status: number,
  text: string,
  headers: Headers = {},
): void => answer(response, status, { 'content-type': 'text/plain; charset=utf-8', ...headers }, `${text}\n`)
