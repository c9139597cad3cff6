import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { fitsKey } from '../../../src/core/x509/algorithm-identifiers.ts'
import { parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import { testKeys } from './keys.ts'

const spkiOf = (pair: {
  publicKey: { export(options: { format: 'der'; type: 'spki' }): Buffer }
}): Uint8Array => Uint8Array.from(pair.publicKey.export({ format: 'der', type: 'spki' }))

describe('a public key', () => {
  it.each(Object.entries(testKeys))(
    'of kind %s is what node:crypto says it is',
    (_, { spki, publicKey, algorithm }) => {
      const info = parsePublicKey(spki, 'key')
      const jwk = publicKey.export({ format: 'jwk' })
      expect(info.algorithm).toBe(algorithm)
      expect(info.spki).toEqual(spki)
      if (info.rsa !== undefined) {
        expect(Buffer.from(info.rsa.modulus).toString('base64url')).toBe(jwk.n)
        expect(Buffer.from(info.rsa.exponent).toString('base64url')).toBe(jwk.e)
      } else if (jwk.kty === 'AKP') {
        // RFC 9881 §4: the key's octets end the structure, and are all there is.
        const { pub = '' } = jwk as { pub?: string }
        const key = Buffer.from(pub, 'base64url')
        expect(info.bits).toBe(8 * key.length)
        expect(Buffer.from(spki.subarray(-key.length))).toEqual(key)
      } else {
        const point = [jwk.x, jwk.y]
          .filter((part) => part !== undefined)
          .map((part) => Buffer.from(part, 'base64url'))
        const prefix = jwk.kty === 'EC' ? [Buffer.of(4)] : []
        expect(Buffer.from(info.point as Uint8Array)).toEqual(Buffer.concat([...prefix, ...point]))
      }
    },
  )

  it.each([
    [1024, undefined],
    [2047, undefined],
    [2048, 'RSA_2048'],
    [2056, undefined],
  ])('of RSA with %i bits', (modulusLength, algorithm) => {
    expect(parsePublicKey(spkiOf(generateKeyPairSync('rsa', { modulusLength })), 'key')).toMatchObject({
      algorithm,
      bits: modulusLength,
    })
  })

  it('of a kind the product doesn’t have parses without an algorithm, and fits none', () => {
    const info = parsePublicKey(spkiOf(generateKeyPairSync('x25519')), 'key')
    expect(info).toMatchObject({ algorithm: undefined, oid: '1.3.101.110', bits: 0 })
    expect(fitsKey('ED25519', info)).toBe(false)
  })

  it('that is damaged is read or refused with a ChanceryError naming the field', () => {
    const seeds = Object.values(testKeys).map(({ spki }) => spki)
    const damaged = fc
      .constantFrom(...seeds)
      .chain((seed) =>
        fc.tuple(fc.nat(seed.length - 1), fc.nat(255)).map(([at, octet]) => seed.with(at, octet)),
      )
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (spki) => {
        try {
          parsePublicKey(spki, 'key')
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
          expect(error.violations).toMatchObject([{ field: 'key' }])
        }
      }),
      { numRuns: 1000 },
    )
  })
})
