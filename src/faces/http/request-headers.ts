import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { regionFrom, type Region } from '../../core/domain/ids.ts'
import { invalid } from './refusal.ts'
import { canonicalJson } from './strict-json.ts'

const VISIBLE_ASCII = /^[\x21-\x7e]{1,255}$/

/**
 * The region a call acts in: `Chancery-Region`, else the global region. Whether the installation answers it is decided
 * with the caller's token.
 * @throws request_invalid for a name that isn't a region's
 */
export function regionOf(request: IncomingMessage, globalRegion: Region): Region {
  const given = request.headers['chancery-region']
  return given === undefined ? globalRegion : regionFrom(String(given), 'Chancery-Region')
}

export type Idempotency = { readonly key: string; readonly bodyHash: Uint8Array }

/**
 * `Idempotency-Key` with a hash of all that the request says; undefined without the header.
 * @param said what makes it another request when it differs: operation, parameters, body
 * @throws request_invalid unless it is 1 to 255 visible ASCII characters
 */
export function idempotencyOf(request: IncomingMessage, said: readonly unknown[]): Idempotency | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key !== 'string' || !VISIBLE_ASCII.test(key))
    throw invalid('Idempotency-Key', 'idempotency_key', '1 to 255 visible ASCII characters are expected')
  const text = said.map((part) => (Buffer.isBuffer(part) ? part.toString('base64') : canonicalJson(part)))
  return { key, bodyHash: createHash('sha256').update(text.join('\n')).digest() }
}
