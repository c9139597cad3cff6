import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { REVOCATION_REASON_NAMES } from '../../../src/core/domain/revocation.ts'
import { checkEntries, encodeEntries, type CrlEntry } from '../../../src/core/x509/crl-entries.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { cRLNumber } from '../../../src/core/x509/crl-extensions.ts'
import { tbsFrame } from '../../../src/core/x509/crl.ts'
import { concat } from '../../../src/core/x509/der/writer.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { assembleCrl } from './whole-crl.ts'

const entry: fc.Arbitrary<CrlEntry> = fc.record({
  serial: fc
    .uint8Array({ minLength: 1, maxLength: 19 })
    .filter((octets) => octets.some((octet) => octet > 0)),
  revokedAt: fc.integer({ min: -631_152_000, max: 253_402_300_799 }).map((seconds) => seconds * 1000),
  reason: fc.constantFrom(...REVOCATION_REASON_NAMES),
})
const draft = {
  signatureAlgorithm: 'SHA256WITHECDSA',
  issuer: encodeSubject({ commonName: 'CA' }),
  thisUpdate: Date.UTC(2030, 0, 1),
  nextUpdate: Date.UTC(2030, 0, 8),
  extensions: [cRLNumber(1)],
} as const
/** What the general reader makes of entries, the strict one that strangers' CRLs go through. */
function generally(octets: Uint8Array): number {
  const { head, tail } = tbsFrame(draft, octets.length)
  return parseCrl(assembleCrl(concat(head, octets, tail), 'SHA256WITHECDSA', new Uint8Array(1))).entryCount
}
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

describe('entries that are read before they are signed', () => {
  test('are what was written, however many', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const octets = encodeEntries(entries)
        expect(checkEntries(octets, false)).toBe(entries.length)
        if (entries.length > 0) expect(generally(octets)).toBe(entries.length)
      }),
    )
  })

  test('are the same from hex digits, upper and lower case, odd and even, with zeros before them', () => {
    fc.assert(
      fc.property(entry, fc.nat(4), fc.boolean(), (one, zeros, upper) => {
        const digits = '0'.repeat(zeros) + hex(one.serial as Uint8Array).replace(/^0+/, '')
        const text = { ...one, serial: upper ? digits.toUpperCase() : digits }
        expect(hex(encodeEntries([text]))).toBe(hex(encodeEntries([one])))
      }),
    )
  })

  test('any change of any octets is refused, or the general reader takes it, too', () => {
    const changed = fc
      .array(entry, { minLength: 1, maxLength: 3 })
      .map(encodeEntries)
      .chain((octets) =>
        fc
          .array(fc.tuple(fc.nat(octets.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
          .map((changes) => changes.reduce((copy, [at, octet]) => copy.with(at, octet), octets)),
      )
    let refused = 0
    let taken = 0
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ minLength: 1, maxLength: 80 })), (octets) => {
        let count: number
        try {
          count = checkEntries(octets, false)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
          expect(error.code).toBe('internal')
          refused++
          return
        }
        taken++
        expect(generally(octets)).toBe(count)
      }),
      { numRuns: 3000 },
    )
    expect(Math.min(refused, taken)).toBeGreaterThan(20)
  })

  test.each([
    ['a serial of zero', '3012 020100 170d3236303630313030303030305a'],
    ['a negative serial', '3012 020180 170d3236303630313030303030305a'],
    ['a serial with a zero too many', '3013 02020001 170d3236303630313030303030305a'],
    ['GeneralizedTime before 2050', '3014 020101 180f32303236303630313030303030305a'],
    [
      'reason unspecified written out',
      '3020 020101 170d3236303630313030303030305a 300c300a0603551d1504030a0100',
    ],
    ['reason 7', '3020 020101 170d3236303630313030303030305a 300c300a0603551d1504030a0107'],
    [
      'removeFromCRL outside a delta',
      '3020 020101 170d3236303630313030303030305a 300c300a0603551d1504030a0108',
    ],
    ['a length beyond the end', '3013 020101 170d3236303630313030303030305a'],
    ['half of a header', '30'],
  ])('%s isn’t signed', (_, text) => {
    const octets = Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
    expect(() => checkEntries(octets, false)).toThrow(ChanceryError)
  })

  test('a hundred thousand take a moment', () => {
    const one = encodeEntries([{ serial: 'ab'.repeat(16), revokedAt: 0, reason: 'superseded' }])
    const octets = new Uint8Array(one.length * 100_000)
    for (let at = 0; at < octets.length; at += one.length) octets.set(one, at)
    expect(checkEntries(octets, false)).toBe(100_000)
  })
})
