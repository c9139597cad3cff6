import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { acceptsGzip } from '../../../src/faces/pki/codings.ts'
import { conditionsMet, rangeStands } from '../../../src/faces/pki/conditions.ts'
import { rangeAsked } from '../../../src/faces/http/ranges.ts'

describe('Range (RFC 9110 §14)', () => {
  test.each([
    ['bytes=0-0', { from: 0, to: 1 }],
    ['bytes=0-', { from: 0, to: 100 }],
    ['bytes=10-19', { from: 10, to: 20 }],
    ['BYTES=90-1000', { from: 90, to: 100 }],
    ['bytes=-10', { from: 90, to: 100 }],
    ['bytes=-1000', { from: 0, to: 100 }],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=99999999999999999999-', 'unsatisfiable'],
    [undefined, undefined],
    ['', undefined],
    ['bytes=', undefined],
    ['bytes=-', undefined],
    ['bytes=5-4', undefined],
    ['bytes=0-1,5-6', undefined],
    ['bytes=0x1-2', undefined],
    ['lines=0-1', undefined],
  ])('%s of 100 octets', (header, expected) => {
    expect(rangeAsked(header, 100)).toEqual(expected)
  })

  test('nothing is satisfiable of nothing', () => {
    expect([rangeAsked('bytes=0-', 0), rangeAsked('bytes=-5', 0)]).toEqual(['unsatisfiable', 'unsatisfiable'])
  })

  test('whatever is asked for, what is answered lies within', () => {
    const number = fc.oneof(fc.nat(200), fc.bigInt({ min: 0n, max: 2n ** 80n }), fc.constant(''))
    fc.assert(
      fc.property(fc.tuple(number, number), fc.nat(150), ([from, to], length) => {
        const range = rangeAsked(`bytes=${from}-${to}`, length)
        if (range === undefined || range === 'unsatisfiable') return
        expect(range.from).toBeGreaterThanOrEqual(0)
        expect(range.to).toBeLessThanOrEqual(length)
        expect(range.from).toBeLessThan(range.to)
        if (from !== '') expect(BigInt(range.from)).toBe(BigInt(from))
      }),
    )
    fc.assert(
      fc.property(fc.string(), (header) => {
        expect(['object', 'string', 'undefined']).toContain(typeof rangeAsked(header, 100))
      }),
    )
  })
})

const modified = Date.UTC(2030, 0, 2)
const it = { etag: '"7"', lastModified: modified }
const date = (time: number) => new Date(time).toUTCString()

describe('preconditions (RFC 9110 §13.2.2)', () => {
  test.each([
    [{}, 200],
    [{ 'if-none-match': '"7"' }, 304],
    [{ 'if-none-match': 'W/"7"' }, 304],
    [{ 'if-none-match': '"1", "7"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"8"' }, 200],
    [{ 'if-modified-since': date(modified) }, 304],
    [{ 'if-modified-since': date(modified - 1000) }, 200],
    [{ 'if-modified-since': 'nonsense' }, 200],
    // §13.1.3: ignored beside If-None-Match.
    [{ 'if-none-match': '"8"', 'if-modified-since': date(modified) }, 200],
    [{ 'if-match': '"7"' }, 200],
    [{ 'if-match': 'W/"7"' }, 412],
    [{ 'if-match': '"8"' }, 412],
    [{ 'if-match': '"7"', 'if-none-match': '"7"' }, 304],
    [{ 'if-unmodified-since': date(modified) }, 200],
    [{ 'if-unmodified-since': date(modified - 1000) }, 412],
    [{ 'if-match': '"7"', 'if-unmodified-since': date(modified - 1000) }, 200],
  ] as const)('%j: %i', (headers, status) => {
    expect(conditionsMet(headers, it)).toBe(status)
  })

  test('without a date no date decides', () => {
    const undated = { etag: '"7"', lastModified: undefined }
    expect(conditionsMet({ 'if-modified-since': date(modified) }, undated)).toBe(200)
    expect(conditionsMet({ 'if-unmodified-since': date(0) }, undated)).toBe(200)
    expect(rangeStands({ 'if-range': date(modified) }, undated)).toBe(false)
  })

  test.each([
    [undefined, true],
    ['"7"', true],
    ['W/"7"', false],
    ['"8"', false],
    [date(modified), true],
    [date(modified + 1000), false],
    ['nonsense', false],
  ])('If-Range %s: %s (§13.1.5)', (given, stands) => {
    expect(rangeStands(given === undefined ? {} : { 'if-range': given }, it)).toBe(stands)
  })
})

test.each([
  [undefined, false],
  ['', false],
  ['gzip', true],
  ['br, gzip;q=0.5', true],
  ['GZip', true],
  ['x-gzip', true],
  ['*', true],
  ['gzip;q=0, *', false],
  ['gzip; q=0.0', false],
  ['identity', false],
  ['gzip;q=nonsense', false],
])('Accept-Encoding: %s (RFC 9110 §12.5.3)', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected)
})
