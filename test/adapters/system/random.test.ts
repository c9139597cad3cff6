import { describe, expect, it } from 'vitest'
import { createSystemRandom } from '../../../src/adapters/system/random.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'

/** Fills with a counter in big-endian pairs, so that a repeated octet is seen. */
function aCounter(): { fill: (pool: Uint8Array) => void; pools: Uint8Array[] } {
  let next = 0
  const pools: Uint8Array[] = []
  const fill = (pool: Uint8Array): void => {
    pools.push(pool)
    const view = new DataView(pool.buffer, pool.byteOffset, pool.length)
    for (let at = 0; at + 1 < pool.length; at += 2) view.setUint16(at, next++ & 0xffff)
  }
  return { fill, pools }
}

describe('createSystemRandom', () => {
  it('hands out each octet once, over several refills', () => {
    const { fill } = aCounter()
    const random = createSystemRandom(fill)
    const seen = new Set<number>()
    const draws = 1200
    for (let draw = 0; draw < draws; draw++) {
      const octets = random.bytes(16)
      const view = new DataView(octets.buffer)
      for (let at = 0; at < 16; at += 2) seen.add(view.getUint16(at))
    }
    expect(seen.size).toBe(draws * 8)
  })

  it('wipes from the pool what it handed out, and gives copies', () => {
    const { fill, pools } = aCounter()
    const random = createSystemRandom(fill)
    const first = random.bytes(100)
    random.bytes(100)
    expect(pools).toHaveLength(1)
    expect(pools[0]?.subarray(0, 200).every((octet) => octet === 0)).toBe(true)
    expect(pools[0]?.subarray(200, 220).some((octet) => octet !== 0)).toBe(true)
    expect(first.some((octet) => octet !== 0)).toBe(true)
    expect(first.buffer.byteLength).toBe(100)
  })

  it('draws long ones by themselves', () => {
    const { fill, pools } = aCounter()
    const random = createSystemRandom(fill)
    expect(random.bytes(5000)).toHaveLength(5000)
    expect(pools[0]).toHaveLength(5000)
  })

  it('gives different octets from the operating system', () => {
    const random = createSystemRandom()
    const draws = Array.from({ length: 1000 }, () => Buffer.from(random.bytes(16)).toString('hex'))
    expect(new Set(draws).size).toBe(1000)
    expect(random.bytes(0)).toHaveLength(0)
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 20 + 1, Number.POSITIVE_INFINITY])(
    'refuses a length of %d',
    (length) => {
      expect(() => createSystemRandom().bytes(length)).toThrow(ChanceryError)
    },
  )
})
