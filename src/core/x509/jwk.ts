import { createPublicKey, type KeyObject } from 'node:crypto'
import type { TokenAlgorithm } from '../domain/identity-providers.ts'

/** A public key of a JWK set, ready to verify with. */
export type TokenKey = {
  readonly kid: string | undefined
  /** What the set says the key is for; undefined where it says nothing. */
  readonly algorithm: string | undefined
  readonly key: KeyObject
}

/** Keys of a set at most; GitHub has 4, Kubernetes 1 or 2, Google 2. */
export const MOST_KEYS = 50
const MIN_RSA = 2048
/** A verification with a larger one takes a stranger's tokens too long. */
const MAX_RSA = 4096

/** Which kinds of key an algorithm signs with (RFC 7518 §3, RFC 8037 §3.1). */
const KEY_TYPES: Readonly<Record<TokenAlgorithm, string>> = {
  RS256: 'rsa',
  RS384: 'rsa',
  RS512: 'rsa',
  PS256: 'rsa',
  PS384: 'rsa',
  PS512: 'rsa',
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  EdDSA: 'ed25519',
}

/** Whether a key is one that an algorithm signs with, and isn't meant for another. */
export const fits = ({ key, algorithm }: TokenKey, wanted: TokenAlgorithm): boolean =>
  KEY_TYPES[wanted] === kindOf(key) && (algorithm === undefined || algorithm === wanted)

const kindOf = (key: KeyObject): string | undefined =>
  key.asymmetricKeyType === 'ec' ? key.asymmetricKeyDetails?.namedCurve : key.asymmetricKeyType

/**
 * The keys of a JWK set (RFC 7517 §5) that tokens can be verified with. Symmetric ones, keys for encryption and kinds that
 * aren't known are left out, as §5 says; so are RSA keys below 2048 bits or above 4096.
 * @returns why it is no such set, or the keys, of which there may be none
 */
export function keySetFrom(text: string): readonly TokenKey[] | { readonly problem: string } {
  const parsed = jsonIn(text)
  const keys = typeof parsed === 'object' && parsed !== null && 'keys' in parsed ? parsed.keys : undefined
  if (!Array.isArray(keys)) return { problem: 'is no JWK set: a JSON object with a list named keys' }
  if (keys.length > MOST_KEYS) return { problem: `has more than ${MOST_KEYS} keys` }
  return keys.flatMap((jwk) => keyFrom(jwk) ?? [])
}

/** Whether a JWK set holds a private or symmetric key, which its owner shouldn't have sent. */
export const holdsSecrets = (text: string): boolean => /"(?:d|k|p|q|dp|dq|qi)"\s*:/.test(text)

function keyFrom(jwk: unknown): TokenKey | undefined {
  if (typeof jwk !== 'object' || jwk === null) return undefined
  const { kty, use, key_ops: operations, kid, alg } = jwk as Record<string, unknown>
  if (kty !== 'RSA' && kty !== 'EC' && kty !== 'OKP') return undefined
  if (use !== undefined && use !== 'sig') return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (alg !== undefined && typeof alg !== 'string') return undefined
  const key = publicKeyOf(jwk)
  return key === undefined ? undefined : { kid, algorithm: alg, key }
}

function publicKeyOf(jwk: object): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    const bits = key.asymmetricKeyDetails?.modulusLength
    return bits !== undefined && (bits < MIN_RSA || bits > MAX_RSA) ? undefined : key
  } catch {
    return undefined
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
