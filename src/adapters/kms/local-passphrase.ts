import { createCipheriv, createDecipheriv, createSecretKey, scrypt, type KeyObject } from 'node:crypto'
import type { Random } from '../../core/ports/random.ts'

/** How a passphrase becomes the key that protects a key file's keys (RFC 7914). */
export type ScryptParameters = {
  readonly N: number
  readonly r: number
  readonly p: number
  readonly salt: Uint8Array
}

/** 2^17 with r = 8 takes 128 MiB and some 0.4 s a guess: OWASP's and RFC 9106's order for secrets that people type. */
const LEAST_N = 2 ** 17
/** A file that asks for more than 1 GiB is damaged, or meant to stop the server. */
const MOST_N = 2 ** 20
const R = 8
const P = 1
const SALT_OCTETS = 16
const KEY_OCTETS = 32
const NONCE_OCTETS = 12
const TAG_OCTETS = 16
const CIPHER = 'aes-256-gcm'

/** A key-encryption key under a passphrase: nonce, ciphertext, tag. */
export const SEALED_KEK_OCTETS = NONCE_OCTETS + KEY_OCTETS + TAG_OCTETS

/** Parameters for a passphrase given now. */
export const freshScrypt = (random: Random): ScryptParameters => ({
  N: LEAST_N,
  r: R,
  p: P,
  salt: random.bytes(SALT_OCTETS),
})

/** Parameters as they stand in a key file; undefined for any that this version didn't write. */
export function scryptFrom(value: unknown): ScryptParameters | undefined {
  const { N, r, p, salt } = (value ?? {}) as { N?: unknown; r?: unknown; p?: unknown; salt?: unknown }
  if (typeof N !== 'number' || !Number.isInteger(Math.log2(N)) || N < LEAST_N || N > MOST_N) return undefined
  if (r !== R || p !== P || typeof salt !== 'string') return undefined
  const octets = Buffer.from(salt, 'base64')
  return octets.length === SALT_OCTETS && octets.toString('base64') === salt
    ? { N, r, p, salt: octets }
    : undefined
}

/** The key that a passphrase gives, computed off the event loop. */
export function passphraseKey(passphrase: string, { N, r, p, salt }: ScryptParameters): Promise<KeyObject> {
  // RFC 7914 §2: 128 · N · r octets, and some for the blocks; Node allows 32 MiB unless told otherwise.
  const maxmem = 128 * N * r + 2 ** 20
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_OCTETS, { N, r, p, maxmem }, (error, octets) => {
      if (error !== null) return reject(error)
      resolve(createSecretKey(octets))
      octets.fill(0)
    })
  })
}

type Place = { readonly kekId: string; readonly version: number }

/** Which key of which file it is, so that none stands in for another. */
const aad = ({ kekId, version }: Place): Buffer => Buffer.from(`chancery/local/kek/1:${kekId}:${version}`)

/** A key-encryption key sealed under a passphrase's key; the plaintext is left to the caller. */
export function sealedKey(protection: KeyObject, place: Place, key: Uint8Array, random: Random): Uint8Array {
  const nonce = random.bytes(NONCE_OCTETS)
  const cipher = createCipheriv(CIPHER, protection, nonce).setAAD(aad(place))
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()])
}

/** The key-encryption key in the clear, for the caller to zero; undefined under another passphrase. */
export function openedKey(protection: KeyObject, place: Place, sealed: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv(CIPHER, protection, sealed.subarray(0, NONCE_OCTETS), {
    authTagLength: TAG_OCTETS,
  })
  decipher.setAAD(aad(place)).setAuthTag(sealed.subarray(-TAG_OCTETS))
  const key = decipher.update(sealed.subarray(NONCE_OCTETS, -TAG_OCTETS))
  try {
    decipher.final()
    return key
  } catch {
    key.fill(0)
    return undefined
  }
}
