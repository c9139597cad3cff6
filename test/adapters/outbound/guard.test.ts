import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  checkedAddresses,
  refusalOfAddress,
  refusalOfUrl,
  type OutboundPolicy,
} from '../../../src/adapters/outbound/guard.ts'
import { judgeAddress, octetsOf } from '../../../src/adapters/outbound/special-addresses.ts'

const CLOSED: OutboundPolicy = { schemes: ['http:', 'https:'], ports: [80, 443], privateAddresses: false }
const OPEN: OutboundPolicy = { ...CLOSED, privateAddresses: true }
const refusal = (url: string, policy = CLOSED): string | undefined => refusalOfUrl(new URL(url), policy)

describe('RFC 6890: addresses by the special-purpose registries', () => {
  it.each([
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['9.255.255.255', 'public'],
    ['10.0.0.0', 'private'],
    ['10.255.255.255', 'private'],
    ['11.0.0.0', 'public'],
    ['100.63.255.255', 'public'],
    ['100.64.0.0', 'private'],
    ['100.127.255.255', 'private'],
    ['100.128.0.0', 'public'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['169.254.169.254', 'never'],
    ['172.15.255.255', 'public'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.0', 'public'],
    ['192.0.0.170', 'never'],
    ['192.0.2.1', 'never'],
    ['192.31.196.1', 'public'],
    ['192.88.99.1', 'never'],
    ['192.168.1.1', 'private'],
    ['198.17.255.255', 'public'],
    ['198.18.0.1', 'never'],
    ['198.19.255.255', 'never'],
    ['198.51.100.7', 'never'],
    ['203.0.113.7', 'never'],
    ['223.255.255.255', 'public'],
    ['224.0.0.1', 'never'],
    ['240.0.0.1', 'never'],
    ['255.255.255.255', 'never'],
    ['::', 'never'],
    ['::1', 'loopback'],
    ['::2', 'never'],
    ['::127.0.0.1', 'never'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::ffff:10.1.2.3', 'private'],
    ['::ffff:169.254.169.254', 'never'],
    ['::ffff:8.8.8.8', 'public'],
    ['::ffff:0:127.0.0.1', 'never'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['64:ff9b::169.254.169.254', 'never'],
    ['64:ff9b::8.8.8.8', 'public'],
    ['64:ff9b:1::1', 'private'],
    ['64:ff9b:2::1', 'never'],
    ['100::1', 'never'],
    ['100:0:0:1::1', 'never'],
    ['2001::1', 'never'],
    ['2001:2::1', 'never'],
    ['2001:20::1', 'never'],
    ['2001:1ff:ffff::1', 'never'],
    ['2001:200::1', 'public'],
    ['2001:db8::1', 'never'],
    ['2001:4860:4860::8888', 'public'],
    ['2002:7f00:1::1', 'loopback'],
    ['2002:a00:1::1', 'private'],
    ['2002:a9fe:a9fe::1', 'never'],
    ['2002:808:808::1', 'public'],
    ['3fff::1', 'never'],
    ['3fff:1000::1', 'public'],
    ['4000::1', 'never'],
    ['5f00::1', 'never'],
    ['fc00::1', 'private'],
    ['fdff::1', 'private'],
    ['fe80::1', 'never'],
    ['fe80::1%eth0', 'never'],
    ['fec0::1', 'never'],
    ['ff02::1', 'never'],
    ['127.0.0.01', 'never'],
    ['localhost', 'never'],
    ['', 'never'],
  ])('%s is %s', (address, kind) => {
    expect(judgeAddress(address).kind).toBe(kind)
    expect(refusalOfAddress(address, CLOSED) === undefined).toBe(kind === 'public')
    expect(refusalOfAddress(address, OPEN) === undefined).toBe(kind !== 'never')
  })

  it('reads each IPv6 address as the octets that the URL Standard reads', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const normal = new URL(`http://[${address}]/`).hostname.slice(1, -1)
        expect(octetsOf(address)).toEqual(octetsOf(normal))
        expect(octetsOf(address)).toHaveLength(16)
      }),
    )
  })

  it('judges what is embedded in IPv6 as it judges the IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const { kind } = judgeAddress(address)
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
        const hex = (high: number, low: number) => (high * 256 + low).toString(16)
        expect(judgeAddress(`::ffff:${address}`).kind).toBe(kind)
        expect(judgeAddress(`64:ff9b::${address}`).kind).toBe(kind)
        expect(judgeAddress(`2002:${hex(a, b)}:${hex(c, d)}::5`).kind).toBe(kind)
      }),
    )
  })

  it('says which block forbids an address', () => {
    expect(refusalOfAddress('::ffff:10.0.0.1', CLOSED)).toBe(
      '::ffff:10.0.0.1 is not a public address (10.0.0.0/8 private use, RFC 1918, within ::ffff:0:0/96 IPv4-mapped, RFC 4291)',
    )
  })
})

/** Every number of parts, each in every base, as inet_aton and the URL Standard read them. */
const spelling = fc
  .record({
    parts: fc.constantFrom([0x7f000001], [0x7f, 1], [0x7f, 0, 1], [0x7f, 0, 0, 1]),
    bases: fc.array(fc.constantFrom(8, 10, 16), { minLength: 4, maxLength: 4 }),
    zeros: fc.nat(6),
    upper: fc.boolean(),
    dot: fc.boolean(),
  })
  .map(({ parts, bases, zeros, upper, dot }) => {
    const prefixes: Readonly<Record<number, string>> = { 8: `0${'0'.repeat(zeros)}`, 10: '', 16: '0x' }
    const written = parts.map((part, place) => {
      const base = bases[place] ?? 10
      return `${prefixes[base]}${part.toString(base)}`
    })
    const text = written.join('.')
    return `${upper ? text.toUpperCase() : text}${dot ? '.' : ''}`
  })

describe('refusalOfUrl', () => {
  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0X7F.1',
    '017700000001',
    '0177.0.0.01',
    '0177.0x0.0.1',
    '127.0.0.1.',
    '１２７.0.0.1',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '①②⑦.⓪.⓪.①',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[0000::0001]',
    '[::ffff:127.0.0.1]',
    '[::FFFF:7F00:1]',
    '[64:ff9b::7f00:0001]',
    '[2002:7f00:1::]',
  ])('refuses loopback spelled %s', (host) => {
    expect(refusal(`http://${host}/`)).toMatch(/is not a public address/)
  })

  it('refuses every spelling of 127.0.0.1 there is, and lets it pass where private addresses may be reached', () => {
    fc.assert(
      fc.property(spelling, (host) => {
        expect(refusal(`http://${host}/`)).toMatch(/^127\.0\.0\.1 is not a public address/)
        expect(refusal(`http://${host}/`, OPEN)).toBeUndefined()
      }),
    )
  })

  it.each([
    ['file:///etc/passwd', 'the scheme must be http or https'],
    ['ftp://example.com/', 'the scheme must be http or https'],
    ['gopher://example.com/', 'the scheme must be http or https'],
    ['data:text/plain,a', 'the scheme must be http or https'],
    ['https://user@example.com/', 'it may not carry a user or a password'],
    ['https://:secret@example.com/', 'it may not carry a user or a password'],
    ['https://example.com:22/', 'port 22 is not among those that may be reached (80, 443)'],
    ['http://example.com:8080/', 'port 8080 is not among those that may be reached (80, 443)'],
    ['https://example.com:0/', 'port 0 is not among those that may be reached (80, 443)'],
  ])('refuses %s: %s', (url, message) => {
    expect(refusal(url)).toBe(message)
    expect(message).not.toContain('secret')
  })

  it.each([
    'https://example.com/hook?a=b',
    'http://example.com/',
    'http://example.com:443/',
    'https://8.8.8.8/',
  ])('lets %s pass', (url) => {
    expect(refusal(url)).toBeUndefined()
  })

  it('lets any port pass where any is configured', () => {
    expect(refusal('https://example.com:9443/', { ...CLOSED, ports: 'any' })).toBeUndefined()
  })
})

describe('checkedAddresses', () => {
  const check = (url: string, answer: readonly string[] | Error, policy = CLOSED) =>
    checkedAddresses(new URL(url), policy, async () => {
      if (answer instanceof Error) throw answer
      return answer
    })

  it('gives the addresses of a name that are allowed, and only these', async () => {
    const answer = ['127.0.0.1', '8.8.8.8', '10.0.0.1', '2001:4860:4860::8888']
    expect(await check('https://example.com/', answer)).toEqual({
      addresses: ['8.8.8.8', '2001:4860:4860::8888'],
    })
  })

  it('asks no resolver about an address, nor about a URL it refuses', async () => {
    const never = () => Promise.reject(new Error('asked'))
    expect(await checkedAddresses(new URL('https://[2001:4860:4860::8888]/'), CLOSED, never)).toEqual({
      addresses: ['2001:4860:4860::8888'],
    })
    expect(await checkedAddresses(new URL('https://example.com:1/'), CLOSED, never)).toMatchObject({
      reason: 'forbidden',
    })
  })

  it('refuses a name all of whose addresses are forbidden, naming one', async () => {
    expect(await check('https://localhost/', ['127.0.0.1', '::1'])).toEqual({
      reason: 'forbidden',
      detail: 'localhost: 127.0.0.1 is not a public address (127.0.0.0/8 loopback, RFC 1122)',
    })
  })

  it.each([[[]], [new Error('SERVFAIL')]])('says that a name is unresolved (%s)', async (answer) => {
    expect(await check('https://example.com/', answer)).toMatchObject({ reason: 'unresolved' })
  })

  it('tries no more than four addresses', async () => {
    const many = Array.from({ length: 9 }, (_, last) => `8.8.8.${last}`)
    expect(await check('https://example.com/', many)).toEqual({ addresses: many.slice(0, 4) })
  })
})
