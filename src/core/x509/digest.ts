import { createHash, createHmac, hash, timingSafeEqual, type Hash, type Hmac } from 'node:crypto'

/** SHA-256 of one value. */
export const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer')

/** SHA-256 of one value as 64 hex digits in lower case; of text, whose characters are octets each, of those. */
export const sha256Hex = (data: Uint8Array | string): string =>
  hash('sha256', typeof data === 'string' ? Buffer.from(data, 'latin1') : data, 'hex')

/** SHA-1 of one value: where OCSP names keys by it (RFC 6960 §4.2.1), never to prove anything. */
export const sha1 = (data: Uint8Array): Uint8Array => hash('sha1', data, 'buffer')

/** SHA-256 over several parts, each preceded by its length, so that no two lists give the same input. */
export function sha256Of(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return fed(createHash('sha256'), parts)
}

/** HMAC-SHA-256 (RFC 2104) over several parts, each preceded by its length. */
export function hmacSha256(key: Uint8Array, ...parts: readonly (Uint8Array | string)[]): Uint8Array {
  return fed(createHmac('sha256', key), parts)
}

/** HMAC-SHA-256 (RFC 2104) over exactly these octets, with nothing that parts them: as others define it. */
export const hmacOver = (key: Uint8Array, text: string): Uint8Array =>
  createHmac('sha256', key).update(text).digest()

/** Whether two values of a length that is no secret are the same, in time that says nothing about where they differ. */
export const equalInConstantTime = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && timingSafeEqual(one, other)

function fed(digest: Hash | Hmac, parts: readonly (Uint8Array | string)[]): Uint8Array {
  for (const part of parts) {
    const octets = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(octets.length)
    digest.update(length).update(octets)
  }
  return digest.digest()
}
