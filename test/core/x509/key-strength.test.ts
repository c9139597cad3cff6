import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyStrengthFindings, thoroughKeyFindings } from '../../../src/core/x509/key-strength.ts'
import { edwardsPointProblem } from '../../../src/core/x509/lint-rules/points.ts'
import { parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import type { PublicKeyInfo } from '../../../src/core/x509/types.ts'

const key = (type: 'ec' | 'rsa' | 'ed25519', option: string | number = ''): PublicKeyInfo => {
  const { publicKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: String(option) })
      : type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: Number(option) })
        : generateKeyPairSync('ed25519')
  return parsePublicKey(publicKey.export({ format: 'der', type: 'spki' }), 'spki')
}

test.each<[string, () => PublicKeyInfo]>([
  ['RSA 2048', () => key('rsa', 2048)],
  ['RSA 3072', () => key('rsa', 3072)],
  ['P-256', () => key('ec', 'P-256')],
  ['P-384', () => key('ec', 'P-384')],
  ['P-521', () => key('ec', 'P-521')],
  ['Ed25519', () => key('ed25519')],
])('sound keys have no findings: %s', (_, made) => {
  for (let i = 0; i < 5; i++) expect(thoroughKeyFindings(made())).toEqual([])
})

test.each(['P-256', 'P-384', 'P-521'])('any changed octet leaves the curve %s', (curve) => {
  const sound = key('ec', curve)
  const point = sound.point ?? new Uint8Array()
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: point.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (at, change) => {
        const changed = Uint8Array.from(point)
        changed[at] = (changed[at] ?? 0) ^ change
        expect(keyStrengthFindings({ ...sound, point: changed }).map(({ rule }) => rule)).toEqual([
          'ec_point',
        ])
      },
    ),
    { numRuns: 200 },
  )
})

test('the field of a finding can be given', () => {
  const sound = key('ec', 'P-256')
  expect(keyStrengthFindings({ ...sound, point: new Uint8Array() }, 'csr.publicKey')).toMatchObject([
    { rule: 'ec_point', field: 'csr.publicKey', severity: 'error' },
  ])
})

describe('Ed25519 points of low order, found by arithmetic of their own', () => {
  const p = 2n ** 255n - 19n
  const mod = (n: bigint): bigint => ((n % p) + p) % p
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n
    for (const bit of exponent.toString(2)) result = mod(result * result * (bit === '1' ? base : 1n))
    return result
  }
  const inverse = (n: bigint): bigint => power(mod(n), p - 2n)
  const d = mod(-121665n * inverse(121666n))
  type Point = readonly [x: bigint, y: bigint]
  const add = ([x1, y1]: Point, [x2, y2]: Point): Point => {
    const k = mod(d * mod(x1 * x2) * mod(y1 * y2))
    return [mod((x1 * y2 + x2 * y1) * inverse(1n + k)), mod((y1 * y2 + x1 * x2) * inverse(1n - k))]
  }
  const pointOf = (y: bigint): Point | undefined => {
    const square = mod((y * y - 1n) * inverse(mod(d * y * y + 1n)))
    let x = power(square, (p + 3n) / 8n)
    if (mod(x * x) !== square) x = mod(x * power(2n, (p - 1n) / 4n))
    return mod(x * x) === square ? [x, y] : undefined
  }
  const times = (n: number, point: Point): Point => {
    let sum: Point = [0n, 1n]
    for (let i = 0; i < n; i++) sum = add(sum, point)
    return sum
  }
  /** The group's order is 8 times this prime (RFC 8032 §5.1). */
  const L = 2n ** 252n + 27742317777372353535851937790883648493n
  const timesL = (point: Point): Point => {
    let sum: Point = [0n, 1n]
    for (const bit of L.toString(2)) {
      sum = add(sum, sum)
      if (bit === '1') sum = add(sum, point)
    }
    return sum
  }
  const encode = (y: bigint, sign: number): Uint8Array => {
    const octets = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
    octets[31] = (octets[31] ?? 0) | (sign << 7)
    return octets
  }

  test('every multiple of a point of order 8 is refused, with either sign', () => {
    let generator: Point = [0n, 1n]
    for (let y = 2n; times(4, generator)[1] === 1n; y++) {
      const found = pointOf(y)
      if (found !== undefined) generator = timesL(found)
    }
    const low = new Set(Array.from({ length: 8 }, (_, n) => times(n, generator)[1]))
    expect(low.size).toBe(5)
    for (const y of low)
      for (const sign of [0, 1]) expect(edwardsPointProblem(encode(y, sign))).toMatch(/low order/)
  })

  test('y = p and y = p + 1, other spellings of 0 and 1, are refused', () => {
    for (const y of [p, p + 1n]) expect(edwardsPointProblem(encode(y, 0))).toMatch(/canonical/)
  })
})
