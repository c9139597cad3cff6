import { checkPrimeSync, generateKeyPairSync, generatePrimeSync } from 'node:crypto'
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

/** A modulus from lines of hex. */
const modulusOf = (...lines: readonly string[]): bigint => BigInt(`0x${lines.join('')}`)
const ROCA_2048 = modulusOf(
  '9dcd7420e420c270a68060eb8b5aa7457a9f6648f86fafed2775cc1f79ae962f1e63f1b9e51c55f9ea6fdc7332e9b005',
  '8c9ff2eb1fc89855029cf6aafe21e689feb38ac9ffb12f1ce371bb5d0e9aae64161abce74b4244bf68f1edb4411f756a',
  '097c8929c14740245ea355f8332d1aa36bb50c7dcb4505da8de02e4e53d38f8df06097da7524df0df93db48eac8cc4af',
  '2d3a16257eb2b2adca6ba464e5974fa92550d31b1babf161e7692d00b86e3dd886ecab4abfbe1a8f8cc263ff4af55cdb',
  '45f4249a5193925f5e983d762f0b6800943eb0267b08f42ed311ce1f5c86eacbc8ce4d3cb7a2fee1ef5641423a1cf411',
  '4e5ecf50034a60a412523af9e6f4aa11',
)
const ROCA_4096 = modulusOf(
  'c39a928060db513091b604eadad719ed94e246de8fe15fb76efab5cfabbc3fc5486fe2ef2a5a5a8472f0c5be089edec0',
  '71fb284df4467fa1fa6c8f0b013d3173fe636744666289bf67b5c998c87b59015d94bb9c20d30a70cfe275e42fd3c6f4',
  '4d4c5252f9c6b6803f92afd928153bdb90ef08ede934c076f33543f9a1c362130929b9a1324c5ebee6831c251c48a7de',
  'e24d75ac538ce9a58d7ff09c12a5d772b6c33f4265a4e4830bd73ad221d24d4d3f092e24279c15fc1d10ca69561f4f07',
  '1313c86b11ab36a5dd28df392f581834eecfdc9e183a466198e33cf01d273bd41d4b7e288cc66f24eba04676bd2090f6',
  'f73830336a317bc2d423b558b9d8f632e12af7b0e7fc9bdb69282e81fdf41a68cf4e85f01fc343dfe52a3ad01f67459d',
  '380165159e1209ef1ce4ecd26648e061faf0896551f7f1f92d6b6a19af0ab7f1f092d7e168bcec0ee478b8618489a896',
  '7a71e5e0a5c197662d8e9756f090a177109d4a34ae20a18c5629efea5ca66623960fc325f779cdae891a7ec051f00e83',
  '7b8f2fb9fd19f6a35832ca0e5ce8375972c42a308f7d5ca0434022c131874087e826ed737994e46fbe44f5f1e908934f',
  '6033e6851ebd05447dddbaa51c0671849cafd3a503cdc150101914edf33b140c168c3dbea4791e74ea619ab1b31c9069',
  '1de1d425b746b222a2b26ed54222cbcaf27a054f9f66f77be6466198c33e37dd',
)
const SOUND_2048 = modulusOf(
  'ba68fc5fbb606c4d428ab98b355d66214db4f7e475b5f7ffddc349c73f7d659965121ab16a4014e6c465c111d8502058',
  '53d113f712127e4a230aa97f481eed6410f6c345f48e25fb81c42ec6815dc35cdd839e0de91fb2bec848d0910fa77e2c',
  '31f99ec9bcc7ed167812bd724318b0adf492d6b47c5ce050184e877ea64045f9501bf70569cffd102db7299f49e9c002',
  '22af9115d0aada967dfe759b7e4576e85c3a4ff594039231b90b448b90c3236083bcf819bc318d53a2018ec9b401f102',
  'ba9ee13dde592a42b032df136689d9c5619db55d519853a422d3100624d2d9e478218375f460c26930eda8cd0d947e58',
  'ffe9b7be2445356deaed988223e3ed1d',
)

/** An RSA key of that modulus, which needn't be one of anybody's. */
function rsa(modulus: bigint, exponent = 65_537n): PublicKeyInfo {
  const octets = (n: bigint): Uint8Array => {
    const hex = n.toString(16)
    return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  }
  const bits = modulus.toString(2).length
  return {
    algorithm: undefined,
    oid: '1.2.840.113549.1.1.1',
    bits,
    rsa: { modulus: octets(modulus), exponent: octets(exponent) },
    spki: new Uint8Array(),
  }
}
const rulesOf = (info: PublicKeyInfo): string[] => keyStrengthFindings(info).map(({ rule }) => rule)

describe('moduli that are known to be weak', () => {
  test.each<[string, bigint, readonly string[]]>([
    // From the test data of the finders' own detector (github.com/crocs-muni/roca, roca/tests/data).
    ['mod03.txt, vulnerable to ROCA', ROCA_2048, ['rsa_roca']],
    ['mod09.txt, vulnerable to ROCA', ROCA_4096, ['rsa_roca']],
    ['mod05.txt, sound', SOUND_2048, []],
  ])('golden vector %s', (_, modulus, rules) => {
    expect(rulesOf(rsa(modulus)).filter((rule) => rule !== 'rsa_size')).toEqual(rules)
  })

  test('a prime factor below 752, the smallest and the largest, is found whatever the rest', () => {
    const rest = generatePrimeSync(2040, { bigint: true })
    for (const factor of [3n, 5n, 7n, 743n, 751n])
      expect(rulesOf(rsa(rest * factor))).toContain('rsa_small_factor')
    // NIST SP 800-89 §5.3.3 asks for no more.
    expect(rulesOf(rsa(rest * 757n))).not.toContain('rsa_small_factor')
  })

  /** The first prime at or above an odd number. */
  const primeFrom = (n: bigint): bigint => {
    let candidate = n | 1n
    while (!checkPrimeSync(candidate)) candidate += 2n
    return candidate
  }

  test.each([1024, 1536, 2048])('CVE-2022-26320: two primes of %d bits, one after the other', (bits) => {
    const p = generatePrimeSync(bits, { bigint: true })
    const q = primeFrom(p + 2n)
    expect(rulesOf(rsa(p * q))).toContain('rsa_close_primes')
    expect(rulesOf(rsa(q * p))).toContain('rsa_close_primes')
  })

  test('a square, whose primes are one, is the closest of all', () => {
    const p = generatePrimeSync(1024, { bigint: true })
    expect(rulesOf(rsa(p * p))).toEqual(['rsa_close_primes'])
  })

  test('property: whatever 100 steps of Fermat factor is found', () => {
    const middle = 3n << 1022n
    fc.assert(
      // After k steps from √n, middle² − difference² with difference ≈ √(2·k·middle).
      fc.property(fc.bigInt(0n, middle / 2n), fc.integer({ min: 0, max: 100 }), (offset, steps) => {
        const half = (middle + offset) | 1n
        const difference =
          BigInt(Math.floor(Math.sqrt(2 * steps * 2 ** 60))) << BigInt((half.toString(2).length - 60) >> 1)
        const even = difference & ~1n
        expect(rulesOf(rsa((half - even) * (half + even)))).toContain('rsa_close_primes')
      }),
      { numRuns: 100 },
    )
  })

  test('primes that differ in their upper half are sound', () => {
    const p = generatePrimeSync(1024, { bigint: true })
    expect(rulesOf(rsa(p * primeFrom(p ^ (1n << 700n))))).toEqual([])
  })

  test.each<[string, bigint, boolean]>([
    ['1', 1n, true],
    ['3', 3n, true],
    ['65535', 65_535n, true],
    ['65536', 65_536n, true],
    ['65537', 65_537n, false],
    ['65539', 65_539n, false],
    ['2^256 − 1', (1n << 256n) - 1n, false],
    ['2^256 + 1', (1n << 256n) + 1n, true],
  ])('the exponent %s: refused %s', (_, exponent, refused) => {
    expect(rulesOf(rsa(SOUND_2048, exponent)).includes('rsa_exponent')).toBe(refused)
  })
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
