import { createHash, createHmac, hash, type Hash, type Hmac } from 'node:crypto'

/** SHA-256 of one value. */
export const sha256 = (data: Uint8Array | string): Uint8Array => hash('sha256', data, 'buffer')

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

function fed(digest: Hash | Hmac, parts: readonly (Uint8Array | string)[]): Uint8Array {
  for (const part of parts) {
    const octets = typeof part === 'string' ? Buffer.from(part, 'utf8') : part
    const length = Buffer.alloc(4)
    length.writeUInt32BE(octets.length)
    digest.update(length).update(octets)
  }
  return digest.digest()
}
