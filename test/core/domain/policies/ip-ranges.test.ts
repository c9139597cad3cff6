import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inRange, ipRange, type IpRange } from '../../../../src/core/domain/policies/ip-ranges.ts'

test('what is an address is what node:net takes for one', () => {
  const text = fc.string({
    unit: fc.constantFrom('0', '1', '9', 'f', ':', '::', '.', '255', 'g'),
    maxLength: 16,
  })
  const texts = fc.oneof(text, fc.ipV4(), fc.ipV6())
  fc.assert(
    fc.property(texts, (address) => {
      expect(ipRange(address) !== undefined).toBe(isIP(address) !== 0)
    }),
    { numRuns: 5000 },
  )
})

test('what is in a block is what node:net finds there (RFC 4632 §3.1, RFC 4291 §2.3)', () => {
  // Neighbours, so that blocks of every length get both answers.
  const v4 = fc.tuple(fc.nat(3), fc.nat(255)).map(([c, d]) => `10.0.${c}.${d}`)
  const v6 = fc.tuple(fc.nat(3), fc.nat(65_535)).map(([c, d]) => `2001:db8::${c}:${d.toString(16)}`)
  const pair = fc.oneof(
    fc.tuple(v4, v4, fc.nat(32), fc.constant('ipv4' as const)),
    fc.tuple(v6, v6, fc.nat(128), fc.constant('ipv6' as const)),
  )
  fc.assert(
    fc.property(pair, ([block, address, prefix, family]) => {
      const list = new BlockList()
      list.addSubnet(block, prefix, family)
      const range = ipRange(`${block}/${prefix}`) as IpRange
      expect(inRange(range, ipRange(address) as IpRange)).toBe(list.check(address, family))
    }),
    { numRuns: 3000 },
  )
})

test.each([
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.0/8/8',
  '::/129',
  '10.0.0/8',
  'fe80::1%eth0',
  '',
])('%s is no block', (text) => {
  expect(ipRange(text)).toBeUndefined()
})

test('a mapped block is one of IPv4 (RFC 4291 §2.5.5.2)', () => {
  expect(ipRange('::ffff:10.0.0.0/104')).toEqual(ipRange('10.0.0.0/8'))
})
