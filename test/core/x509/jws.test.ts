import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { TOKEN_ALGORITHMS, type TokenAlgorithm } from '../../../src/core/domain/identity-providers.ts'
import { keySetFrom, type TokenKey } from '../../../src/core/x509/jwk.ts'
import { isSignedBy, looksLikeToken, signedTokenFrom } from '../../../src/core/x509/jws.ts'
import { damagedFrom } from './damaged.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs = {
  RS: rsa,
  PS: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const pairFor = (algorithm: TokenAlgorithm) =>
  pairs[algorithm as keyof typeof pairs] ?? pairs[algorithm.slice(0, 2) as keyof typeof pairs]

function tokenKey(key: KeyObject, more: object = {}): TokenKey {
  const set = keySetFrom(JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), kid: 'k', ...more }] }))
  if ('problem' in set || set[0] === undefined) throw new Error('no key')
  return set[0]
}
const signedBy = (algorithm: TokenAlgorithm, header: object = {}): Promise<string> =>
  new SignJWT({ sub: 'somebody' })
    .setProtectedHeader({ alg: algorithm, kid: 'k', ...header })
    .sign(pairFor(algorithm).privateKey)
const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Whether a token is taken, when its provider allows one algorithm. */
async function taken(text: string, key: TokenKey, algorithm: TokenAlgorithm): Promise<boolean> {
  const token = signedTokenFrom(text)
  return token !== undefined && token.algorithm === algorithm && isSignedBy(token, key, algorithm)
}

describe('tokens that jose signs (RFC 7515, RFC 7518)', () => {
  it.each(TOKEN_ALGORITHMS)('verify under their own key alone: %s', async (algorithm) => {
    const token = await signedBy(algorithm)
    const own = tokenKey(pairFor(algorithm).publicKey)
    expect(await taken(token, own, algorithm)).toBe(true)
    for (const other of Object.values(pairs)) {
      if (other === pairFor(algorithm)) continue
      expect(await taken(token, tokenKey(other.publicKey), algorithm)).toBe(false)
    }
    const another = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
    expect(await taken(token, tokenKey(another), algorithm)).toBe(false)
  })

  it('are refused when they are damaged', async () => {
    const token = await signedBy('ES256')
    const key = tokenKey(pairs.ES256.publicKey)
    await fc.assert(
      fc.asyncProperty(damagedFrom(Buffer.from(token)), async (octets) => {
        const text = Buffer.from(octets).toString('latin1')
        if (text !== token) expect(await taken(text, key, 'ES256')).toBe(false)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('attack: the algorithm taken from the token', () => {
  it('alg none, without and with a signature (RFC 7519 §6)', async () => {
    const unsigned = `${encoded({ alg: 'none' })}.${encoded({ sub: 'x' })}`
    expect(looksLikeToken(`${unsigned}.`)).toBe(false)
    expect(signedTokenFrom(`${unsigned}.`)).toBeUndefined()
    for (const algorithm of TOKEN_ALGORITHMS)
      expect(await taken(`${unsigned}.AAAA`, tokenKey(rsa.publicKey), algorithm)).toBe(false)
  })

  it('HMAC with the public key as the secret', async () => {
    const pem = rsa.publicKey.export({ format: 'pem', type: 'spki' })
    const signed = `${encoded({ alg: 'HS256', kid: 'k' })}.${encoded({ sub: 'x' })}`
    const mac = createHmac('sha256', pem).update(signed).digest('base64url')
    for (const algorithm of TOKEN_ALGORITHMS)
      expect(await taken(`${signed}.${mac}`, tokenKey(rsa.publicKey), algorithm)).toBe(false)
    // The same under the name of an algorithm that is allowed.
    const renamed = `${encoded({ alg: 'RS256', kid: 'k' })}.${encoded({ sub: 'x' })}`
    const other = createHmac('sha256', pem).update(renamed).digest('base64url')
    expect(await taken(`${renamed}.${other}`, tokenKey(rsa.publicKey), 'RS256')).toBe(false)
  })

  it('another algorithm of the same key', async () => {
    expect(await taken(await signedBy('PS256'), tokenKey(rsa.publicKey), 'RS256')).toBe(false)
    expect(await taken(await signedBy('RS256'), tokenKey(rsa.publicKey, { alg: 'PS256' }), 'RS256')).toBe(
      false,
    )
  })

  it('extensions that have to be understood (RFC 7515 §4.1.11, RFC 7797)', async () => {
    const [, body = ''] = (await signedBy('RS256')).split('.')
    for (const more of [{ crit: ['exp'] }, { crit: [] }, { b64: false }])
      expect(signedTokenFrom(`${encoded({ alg: 'RS256', ...more })}.${body}.AAAA`)).toBeUndefined()
  })

  it('an all-zero ECDSA signature', async () => {
    const [head = '', body = ''] = (await signedBy('ES256')).split('.')
    const zero = Buffer.alloc(64).toString('base64url')
    expect(await taken(`${head}.${body}.${zero}`, tokenKey(pairs.ES256.publicKey), 'ES256')).toBe(false)
  })
})

describe('a JWK set (RFC 7517)', () => {
  const jwk = rsa.publicKey.export({ format: 'jwk' })
  const keysIn = (...keys: unknown[]) => keySetFrom(JSON.stringify({ keys }))
  it.each<readonly [string, unknown]>([
    ['a symmetric key', { kty: 'oct', k: 'AAAA' }],
    ['a key for encryption', { ...jwk, use: 'enc' }],
    ['a key for other operations', { ...jwk, key_ops: ['encrypt'] }],
    ['an unknown kind', { kty: 'XYZ' }],
    ['half a key', { kty: 'RSA', n: jwk.n }],
    ['a point that isn’t on its curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['text', 'key'],
    ['nothing', null],
    ['a name that is no text', { ...jwk, kid: 7 }],
  ])('leaves out %s', (_, key) => {
    expect(keysIn(key, jwk)).toHaveLength(1)
  })
  it('leaves out RSA keys that are too short, or too long to verify with', () => {
    for (const modulusLength of [1024, 4096 + 512]) {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength })
      expect(keysIn(publicKey.export({ format: 'jwk' }))).toEqual([])
    }
  })
  it.each(['', '[]', 'null', '{"keys":{}}', '{', JSON.stringify({ keys: Array(51).fill({}) })])(
    'is none: %s',
    (text) => {
      expect(keySetFrom(text)).toHaveProperty('problem')
    },
  )
})
