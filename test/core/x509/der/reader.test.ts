import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DerError } from '../../../../src/core/x509/der/errors.ts'
import { oidOctets, oidText } from '../../../../src/core/x509/der/oid.ts'
import { DerReader, MAX_DEPTH } from '../../../../src/core/x509/der/reader.ts'
import { checkTime, putTime, timeFrom } from '../../../../src/core/x509/der/time.ts'
import {
  element,
  generalizedTime,
  integer,
  namedBitsContent,
  oid,
  setOf,
  time,
  unsignedInteger,
} from '../../../../src/core/x509/der/writer.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const codeOf = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof DerError)
      return `${error.code}${/BER.*DER is required/.test(error.message) ? ' (BER)' : ''}`
    throw error
  }
  return 'taken'
}

describe('X.690: what is no DER is refused', () => {
  it.each([
    ['indefinite length', '30 80 00 00', 'der_ber (BER)'],
    ['length in two octets where one does', '04 81 01 00', 'der_ber (BER)'],
    ['length with a leading zero', '04 82 00 81 00', 'der_ber (BER)'],
    ['constructed OCTET STRING', '24 03 04 01 00', 'der_ber (BER)'],
    ['constructed UTF8String', '2c 03 0c 01 41', 'der_ber (BER)'],
    ['INTEGER with a leading 00', '02 02 00 01', 'der_ber (BER)'],
    ['INTEGER with a leading FF', '02 02 ff 80', 'der_ber (BER)'],
    ['empty INTEGER', '02 00', 'der_integer'],
    ['BOOLEAN 01', '01 01 01', 'der_ber (BER)'],
    ['BOOLEAN of two octets', '01 02 ff ff', 'der_boolean'],
    ['NULL with content', '05 01 00', 'der_null'],
    ['empty OID', '06 00', 'der_oid'],
    ['OID arc with a leading 80', '06 03 2a 80 01', 'der_ber (BER)'],
    ['OID cut off', '06 02 2a 86', 'der_oid'],
    ['BIT STRING without octets', '03 00', 'der_bits'],
    ['8 unused bits', '03 02 08 00', 'der_bits'],
    ['unused bits of nothing', '03 01 01', 'der_bits'],
    ['unused bits not zero', '03 02 01 01', 'der_ber (BER)'],
    ['primitive SEQUENCE', '10 00', 'der_tag'],
    ['tag 0', '00 00', 'der_tag'],
    ['tag of several octets', '1f 81 01 00', 'der_tag'],
    ['content cut off', '04 05 00', 'der_truncated'],
    ['header cut off', '04', 'der_truncated'],
    ['length cut off', '04 82 01', 'der_truncated'],
    ['length of 5 octets', '04 85 01 01 01 01 01', 'der_length'],
    ['nothing', '', 'der_truncated'],
    ['UTCTime without seconds', '17 0b 323630313031303030305a', 'der_time'],
    ['UTCTime with an offset', '17 11 3236303130313030303030302b30303030', 'der_time'],
    ['bad element deep inside', '30 06 30 04 02 02 00 01', 'der_ber (BER)'],
  ])('%s', (_, input, code) => {
    expect(codeOf(() => new DerReader(bytes(input)).checkedElement('the value'))).toBe(code)
  })

  it.each([
    '30 00',
    '02 01 00',
    '02 02 00 80',
    '02 01 80',
    '01 01 ff',
    '01 01 00',
    '03 01 00',
    '03 02 07 80',
    '05 00',
    '04 00',
  ])('%s is taken', (input) => {
    expect(codeOf(() => new DerReader(bytes(input)).checkedElement('the value'))).toBe('taken')
  })

  it('refuses octets after the value', () => {
    const reader = new DerReader(bytes('05 00 00'))
    reader.null('the value')
    expect(codeOf(() => reader.finish('the value'))).toBe('der_trailing')
  })

  it(`refuses nesting deeper than ${MAX_DEPTH}, and takes ${MAX_DEPTH}`, () => {
    const nested = (levels: number): Uint8Array => {
      let value: Uint8Array = Uint8Array.of(5, 0)
      for (let i = 0; i < levels; i++) value = element(0x30, value)
      return value
    }
    expect(codeOf(() => new DerReader(nested(MAX_DEPTH)).checkedElement('it'))).toBe('taken')
    expect(codeOf(() => new DerReader(nested(MAX_DEPTH + 1)).checkedElement('it'))).toBe('der_depth')
  })

  it('says what was expected and what was found', () => {
    expect(() => new DerReader(bytes('02 01 00')).enter(0x30, 'the request')).toThrow(
      'the request: SEQUENCE expected, INTEGER found',
    )
  })

  it('refuses a named bit list with trailing zeros (X.690 §11.2.2)', () => {
    expect(codeOf(() => new DerReader(bytes('03 02 06 80')).namedBits('bits'))).toBe('der_ber (BER)')
    expect(new DerReader(bytes('03 02 07 80')).namedBits('bits')).toEqual([true])
    expect(new DerReader(bytes('03 01 00')).namedBits('bits')).toEqual([])
  })
})

describe('any octets', () => {
  it('give a value or a DerError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (input) => {
        codeOf(() => new DerReader(input).checkedElement('it'))
      }),
      { numRuns: 3000 },
    )
  })

  it('that are taken end where the element says', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (content) => {
        const der = element(0x04, content)
        const reader = new DerReader(der)
        expect(hex(reader.octetString('it'))).toBe(hex(content))
        expect(reader.at).toBe(der.length)
      }),
    )
  })
})

describe('lengths', () => {
  it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536, 70_000])('%i octets go through', (length) => {
    const der = element(0x04, new Uint8Array(length))
    expect(new DerReader(der).octetString('it').length).toBe(length)
  })
})

describe('integers', () => {
  it.each([
    [0, '020100'],
    [127, '02017f'],
    [128, '02020080'],
    [255, '020200ff'],
    [256, '02020100'],
    [2 ** 52, '020710000000000000'],
  ])('%i', (value, expected) => expect(hex(integer(value))).toBe(expected))

  it('unsigned octets keep their value and stay positive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (octets) => {
        const read = new DerReader(unsignedInteger(octets)).integer('it')
        expect(read[0] as number).toBeLessThan(0x80)
        expect(BigInt(`0x${hex(read)}`)).toBe(BigInt(`0x${hex(octets)}`))
      }),
    )
  })
})

describe('object identifiers', () => {
  it.each([
    ['2.5.29.17', '551d11'],
    ['1.2.840.113549.1.1.11', '2a864886f70d01010b'],
    ['2.999.3', '883703'],
    ['0.9.2342.19200300.100.1.25', '0992268993f22c640119'],
    ['2.25.329800735698586629295641978511506172918', '6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776'],
  ])('%s', (text, content) => {
    expect(hex(oidOctets(text) as Uint8Array)).toBe(content)
    expect(oidText(bytes(content), 0, content.length / 2, 'it')).toBe(text)
  })

  it.each([
    '',
    '1',
    '3.1',
    '1.40',
    '0.40.1',
    '1.2.',
    '.1.2',
    '1..2',
    '01.2',
    '1.02',
    '1.2.x',
    ' 1.2',
    `1.2${'.9'.repeat(150)}`,
  ])('%j is none', (text) => {
    expect(oidOctets(text)).toBeUndefined()
    expect(codeOf(() => oid(text))).toBe('der_oid')
  })

  it('go there and back', () => {
    const arcs = fc.array(fc.bigInt({ min: 0n, max: 1n << 70n }), { minLength: 0, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 39 }),
        arcs,
        (first, second, rest) => {
          const text = [first, second, ...rest].join('.')
          const octets = oidOctets(text) as Uint8Array
          expect(oidText(octets, 0, octets.length, 'it')).toBe(text)
        },
      ),
    )
  })
})

describe('RFC 5280 §4.1.2.5: times', () => {
  it.each([
    ['1950-01-01T00:00:00Z', '170d3530303130313030303030305a'],
    ['2026-11-22T18:35:26Z', '170d3236313132323138333532365a'],
    ['2049-12-31T23:59:59Z', '170d3439313233313233353935395a'],
    ['2050-01-01T00:00:00Z', '180f32303530303130313030303030305a'],
    ['2400-02-29T12:00:00Z', '180f32343030303232393132303030305a'],
    ['9999-12-31T23:59:59Z', '180f39393939313233313233353935395a'],
  ])('%s', (iso, expected) => {
    expect(hex(time(Date.parse(iso)))).toBe(expected)
    expect(new DerReader(bytes(expected)).time('it').time).toBe(Date.parse(iso))
  })

  it.each(['1949-12-31T23:59:59Z', '+010000-01-01T00:00:00Z'])('%s can’t be written', (iso) => {
    expect(codeOf(() => time(Date.parse(iso)))).toBe('der_time')
    expect(codeOf(() => checkTime(Number.NaN))).toBe('der_time')
  })

  it('agree with the calendar of the language, for every second', () => {
    const moments = fc.integer({ min: -631_152_000, max: 253_402_300_799 })
    fc.assert(
      fc.property(moments, (seconds) => {
        const iso = new Date(seconds * 1000).toISOString().replace(/[-:T]|\.000/g, '')
        const der = generalizedTime(seconds * 1000)
        expect(Buffer.from(der.subarray(2)).toString()).toBe(iso)
        expect(timeFrom(der, 2, 17, true, 'it')).toBe(seconds * 1000)
      }),
      { numRuns: 2000 },
    )
  })

  it('cut milliseconds off', () => {
    const out = new Uint8Array(17)
    const length = putTime(out, 0, Date.parse('2026-01-01T00:00:00.999Z'))
    expect(Buffer.from(out.subarray(2, length)).toString()).toBe('260101000000Z')
  })

  it.each([
    '20260229000000Z',
    '20261301000000Z',
    '20260001000000Z',
    '20260132000000Z',
    '20260101240000Z',
    '20260101000060Z',
    '2026010100000aZ',
  ])('%s doesn’t exist', (text) => {
    expect(codeOf(() => timeFrom(Buffer.from(text), 0, text.length, true, 'it'))).toBe('der_time')
  })
})

describe('sets and bits', () => {
  it('SET OF is sorted by encoding (X.690 §11.6)', () => {
    expect(hex(setOf([bytes('0402ff'), bytes('040101'), bytes('0401')]))).toBe(
      '3108040104010104 02ff'.replaceAll(' ', ''),
    )
  })

  it('named bits have no trailing zeros', () => {
    expect(hex(namedBitsContent([5, 6]))).toBe('0106')
    expect(hex(namedBitsContent([0]))).toBe('0780')
    expect(hex(namedBitsContent([8]))).toBe('070080')
  })
})
