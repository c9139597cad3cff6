import { constants, verify, type VerifyKeyObjectInput } from 'node:crypto'
import type { Claims, TokenAlgorithm } from '../domain/identity-providers.ts'
import { fits, type TokenKey } from './jwk.ts'

/** A signed token (RFC 7519, RFC 7515 §7.1), read but not believed. */
export type SignedToken = {
  /** As the token says; nothing is decided by it: it has to be one that its provider allows. */
  readonly algorithm: string
  readonly kid: string | undefined
  readonly claims: Claims
  /** What is signed. */
  readonly signed: string
  readonly signature: Uint8Array
}

/** Headers end at 16 KiB. */
const MOST_TOKEN = 12_288
const COMPACT = /^(eyJ[A-Za-z0-9_-]*)\.(eyJ[A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)$/

/** Whether a bearer is meant as a signed token: two JSON objects and a signature in base64url, with dots between. */
export const looksLikeToken = (bearer: string): boolean => COMPACT.test(bearer)

/**
 * Reads a token in its compact form; undefined for what is none, or names extensions that have to be understood (RFC 7515
 * §4.1.11): none is.
 */
export function signedTokenFrom(text: string): SignedToken | undefined {
  const parts = text.length > MOST_TOKEN ? null : COMPACT.exec(text)
  if (parts === null) return undefined
  const [, head = '', body = '', tail = ''] = parts
  const header = objectIn(head)
  const claims = objectIn(body)
  const signature = Buffer.from(tail, 'base64url')
  // One spelling a token: the last character's unused bits are zero.
  if (header === undefined || claims === undefined || signature.toString('base64url') !== tail)
    return undefined
  const { alg, kid, crit, b64 } = header
  if (typeof alg !== 'string' || crit !== undefined || b64 !== undefined) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  return { algorithm: alg, kid, claims, signed: `${head}.${body}`, signature }
}

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

type Scheme = { readonly digest: string | null; readonly options: Omit<VerifyKeyObjectInput, 'key'> }
const PKCS1 = { padding: constants.RSA_PKCS1_PADDING }
// RFC 7518 §3.5: the salt is as long as the hash.
const PSS = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
// RFC 7518 §3.4: R and S one after the other, not DER.
const ECDSA = { dsaEncoding: 'ieee-p1363' } as const
const SCHEMES: Readonly<Record<TokenAlgorithm, Scheme>> = {
  RS256: { digest: 'sha256', options: PKCS1 },
  RS384: { digest: 'sha384', options: PKCS1 },
  RS512: { digest: 'sha512', options: PKCS1 },
  PS256: { digest: 'sha256', options: PSS },
  PS384: { digest: 'sha384', options: PSS },
  PS512: { digest: 'sha512', options: PSS },
  ES256: { digest: 'sha256', options: ECDSA },
  ES384: { digest: 'sha384', options: ECDSA },
  EdDSA: { digest: null, options: {} },
}

const verifyInPool = (
  digest: string | null,
  data: Uint8Array,
  key: VerifyKeyObjectInput,
  signature: Uint8Array,
): Promise<boolean> =>
  new Promise((resolve, reject) => {
    verify(digest, data, key, signature, (error, right) => (error === null ? resolve(right) : reject(error)))
  })

/**
 * Whether a token was signed with this key by this algorithm. Off the event loop for P-384, which takes half a
 * millisecond; the others take less than a hop there.
 * @param algorithm the provider's, not the token's
 */
export async function isSignedBy(
  { signed, signature }: SignedToken,
  key: TokenKey,
  algorithm: TokenAlgorithm,
): Promise<boolean> {
  if (!fits(key, algorithm)) return false
  const { digest, options } = SCHEMES[algorithm]
  const input = { key: key.key, ...options }
  const data = Buffer.from(signed, 'latin1')
  return algorithm === 'ES384'
    ? verifyInPool(digest, data, input, signature)
    : verify(digest, data, input, signature)
}
