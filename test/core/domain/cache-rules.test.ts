import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CACHE_RULES, cacheRuleFor, cacheSeconds } from '../../../src/core/domain/cache-rules.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../../../src/core/domain/time.ts'

const ID = '01900000-0000-7000-8000-000000000001'
const secondsFor = (path: string, left?: number) => cacheSeconds(cacheRuleFor(CACHE_RULES, path), left)

describe('how long caches keep what', () => {
  test.each([
    [`/crl/${ID}.crl`, 7 * DAY, 300],
    [`/crl/${ID}.crl`, 7500, 7],
    [`/crl/${ID}.crl`, -DAY, 0],
    [`/crl/${ID}-delta.crl`, DAY, 60],
    [`/crl/${ID}/7.crl`, undefined, 365 * 86_400],
    [`/crl/${ID}/7-delta.crl`, undefined, 365 * 86_400],
    [`/ca/${ID}.cer`, undefined, 86_400],
    [`/ca/${ID}/${'0'.repeat(31)}1.cer`, undefined, 365 * 86_400],
    ['/roots.pem', undefined, 3600],
    ['/what/ever', undefined, 0],
  ])('%s with %s ms left: %s s', (path, left, seconds) => {
    expect(secondsFor(path, left)).toBe(seconds)
  })

  test('the first rule that matches counts', () => {
    const own = [{ path: '/crl/*.crl', least: 0, usual: MINUTE, most: MINUTE }]
    expect(cacheRuleFor([...own, ...CACHE_RULES], `/crl/${ID}-delta.crl`)).toBe(own[0])
    expect(cacheRuleFor([...own, ...CACHE_RULES], `/crl/${ID}/1.crl`)).toBe(CACHE_RULES[0])
    expect(cacheRuleFor([{ path: '/**', least: 0, usual: 0, most: 0 }], `/crl/${ID}/1.crl`).path).toBe('/**')
    for (const path of ['*', '/crl', '/crl/*', '/crl/**x', 'crl/**'])
      expect(cacheRuleFor([{ path, least: 0, usual: 1, most: 1 }], `/crl/${ID}/1.crl`).path).toBe('/**')
  })

  test('the least holds where time is left, the usual where nothing ends', () => {
    const rule = { path: '/**', least: HOUR, usual: DAY, most: 2 * DAY }
    expect([undefined, MINUTE, 90 * MINUTE, 9 * DAY].map((left) => cacheSeconds(rule, left))).toEqual([
      86_400, 60, 5400, 172_800,
    ])
  })

  test('nothing is kept beyond its end, by any rule', () => {
    const time = fc.integer({ min: 0, max: 1000 * DAY })
    fc.assert(
      fc.property(
        time,
        time,
        time,
        fc.integer({ min: -DAY, max: 1000 * DAY }),
        (least, usual, most, left) => {
          const seconds = cacheSeconds({ path: '/**', least, usual, most }, left)
          expect(seconds * SECOND).toBeLessThanOrEqual(Math.max(0, left))
          expect(Number.isInteger(seconds) && seconds >= 0).toBe(true)
        },
      ),
    )
  })

  test('any pattern is matched as its regular expression would match', () => {
    const part = fc.constantFrom('*', '**', '/', 'a', '.', 'crl')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.array(part, { maxLength: 8 }), (pattern, bits) => {
        const [given, path] = [pattern.join(''), bits.join('').replaceAll('*', 'a')]
        const text = given
          .split(/(\*\*|\*)/)
          .map((each) => ({ '*': '[^/]*', '**': '.*' })[each] ?? each.replaceAll('.', '\\.'))
          .join('')
        const rule = { path: given, least: 0, usual: 1, most: 1 }
        expect(cacheRuleFor([rule], path) === rule).toBe(new RegExp(`^${text}$`).test(path))
      }),
    )
  })
})
