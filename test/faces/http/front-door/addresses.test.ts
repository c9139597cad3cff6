import { isIPv6, SocketAddress } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressSet, limitedAs, plainAddress } from '../../../../src/faces/http/front-door/addresses.ts'

const setOf = (...entries: string[]) => {
  const set = addressSet(entries)
  if ('wrong' in set) throw new Error(set.wrong)
  return set
}

describe('an address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    // RFC 4291 §2.5.5.2: as a socket for both families shows it
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:0201', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['::1', '::1'],
  ])('%s is compared as %s', (text, plain) => {
    expect(plainAddress(text)).toBe(plain)
  })

  test.each([
    '',
    'unknown',
    '192.0.2.256',
    '0xc0000201',
    '192.0.2.01',
    'fe80::1%eth0',
    '2001:db8::1::',
    'localhost',
  ])('%j is none', (text) => {
    expect(plainAddress(text)).toBeUndefined()
  })
})

describe('a set of addresses', () => {
  test('has single ones, ranges of both families, and callers over a Unix socket', () => {
    const set = setOf('192.0.2.7', '10.0.0.0/8', '2001:db8::/32', 'unix')
    for (const address of ['192.0.2.7', '10.255.0.1', '2001:db8:1::1', 'unix'])
      expect(set.has(address), address).toBe(true)
    for (const address of ['192.0.2.8', '11.0.0.1', '2001:db9::1', 'unknown', ''])
      expect(set.has(address), address).toBe(false)
  })

  test('has everybody when it says any, and nobody over a Unix socket unless it says unix', () => {
    expect(['192.0.2.1', '::1', 'unix'].map((address) => setOf('any').has(address))).toEqual([
      true,
      true,
      true,
    ])
    expect(setOf('0.0.0.0/0', '::/0').has('unix')).toBe(false)
  })

  test.each(['10.0.0.0/33', '2001:db8::/129', '10.0.0/8', 'localhost', 'any', '10.0.0.0/', ''])(
    'doesn’t take %j for one',
    (entry) => {
      expect(addressSet(['192.0.2.1', entry])).toEqual({ wrong: entry })
    },
  )
})

describe('a limit counts', () => {
  test('an IPv4 address by itself and IPv6 by networks of 64 bits', () => {
    expect(limitedAs('192.0.2.1')).toBe('192.0.2.1')
    for (const address of ['2001:db8:0:7::1', '2001:0db8::7:ffff:0:0:9', '2001:db8:0:7:1:2:3:4'])
      expect(limitedAs(address), address).toBe('2001:db8:0:7::')
    expect(limitedAs('::1')).toBe('0:0:0:0::')
    expect(limitedAs('2001:db8::192.0.2.1')).toBe('2001:db8:0:0::')
  })

  test('every spelling of one network as one', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 8, maxLength: 8 })
    fc.assert(
      fc.property(groups, (all) => {
        const long = all.map((group) => group.toString(16).padStart(4, '0')).join(':')
        // Node writes it in the shortest form.
        const short = new SocketAddress({ address: long, family: 'ipv6' }).address
        expect(isIPv6(short)).toBe(true)
        if (!short.includes('.')) expect(limitedAs(short)).toBe(limitedAs(long))
      }),
    )
  })
})
