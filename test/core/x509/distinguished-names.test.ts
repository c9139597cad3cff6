import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import {
  EMPTY_NAME,
  attributesOf,
  encodeSubject,
  nameText,
  subjectFieldsOf,
  subjectViolations,
} from '../../../src/core/x509/distinguished-names.ts'
import { element, oid, sequence, setOf } from '../../../src/core/x509/der/writer.ts'
import { OID } from '../../../src/core/x509/oids.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const attribute = (type: string, tag: number, text: string): Uint8Array =>
  sequence(oid(type), element(tag, Uint8Array.from(Buffer.from(text))))

describe('a subject', () => {
  const full = {
    country: 'DE',
    state: 'Baden-Württemberg',
    locality: '東京',
    organization: 'Example, Inc.',
    organizationalUnit: 'R+D',
    commonName: 'x.example',
    serialNumber: 'A-1',
  }
  it('golden dump: PrintableString for country and serialNumber, else UTF8String (RFC 5280 §4.1.2.4, Appendix A.1)', () => {
    expect(hex(encodeSubject({ serialNumber: '1', commonName: 'ü', country: 'DE' }))).toBe(
      hex(bytes('3026 310b3009060355040613024445 310b300906035504030c02c3bc 310a30080603550405130131')),
    )
  })
  it('comes back as it was', () => expect(subjectFieldsOf(encodeSubject(full))).toEqual(full))
  it('without fields is the empty name', () => {
    expect(encodeSubject({})).toEqual(EMPTY_NAME)
    expect(nameText(EMPTY_NAME)).toBe('')
  })
  it('reads the same to @peculiar/x509', () => {
    const theirs = new x509.Name(encodeSubject(full)).toJSON()
    expect(theirs).toEqual([
      { C: ['DE'] },
      { ST: ['Baden-Württemberg'] },
      { L: ['東京'] },
      { O: ['Example, Inc.'] },
      { OU: ['R+D'] },
      { CN: ['x.example'] },
      { '2.5.4.5': ['A-1'] },
    ])
  })

  it.each([
    [{ commonName: '' }, 'subject_empty'],
    [{ commonName: 'a\u0000b' }, 'subject_control'],
    [{ commonName: 'a\nb' }, 'subject_control'],
    [{ commonName: 'a\u202eb' }, 'subject_control'],
    [{ commonName: 'a\ud800' }, 'subject_control'],
    [{ commonName: ' a' }, 'subject_space'],
    [{ commonName: 'a'.repeat(65) }, 'subject_length'],
    [{ organization: 'ü'.repeat(65) }, 'subject_length'],
    [{ state: 'a'.repeat(129) }, 'subject_length'],
    [{ country: 'Germany' }, 'subject_country'],
    [{ country: 'de' }, 'subject_country'],
    [{ serialNumber: 'ü' }, 'subject_characters'],
    [{ serialNumber: 'a*b' }, 'subject_characters'],
  ])('%j is refused', (fields, code) => {
    expect(subjectViolations(fields, 'subject')).toMatchObject([
      { code, field: `subject.${Object.keys(fields)[0]}` },
    ])
    expect(() => encodeSubject(fields)).toThrow(ChanceryError)
  })
  it('counts characters, not octets or code units (RFC 5280 Appendix A.1)', () => {
    expect(subjectViolations({ commonName: '😀'.repeat(64) }, 'subject')).toEqual([])
    expect(subjectViolations({ commonName: '😀'.repeat(65) }, 'subject').length).toBe(1)
  })
  it('names all that is wrong at once', () => {
    expect(subjectViolations({ country: 'x', commonName: '' }, 's').map(({ field }) => field)).toEqual([
      's.country',
      's.commonName',
    ])
  })
  it('is encoded if and only if there is no violation', () => {
    const text = fc.string({ unit: 'binary', maxLength: 70 })
    fc.assert(
      fc.property(
        fc.record({ commonName: text, organization: text, serialNumber: text }, { requiredKeys: [] }),
        (fields) => {
          if (subjectViolations(fields, 's').length > 0)
            expect(() => encodeSubject(fields)).toThrow(ChanceryError)
          else expect(subjectFieldsOf(encodeSubject(fields))).toEqual(fields)
        },
      ),
    )
  })
})

describe('RFC 4514 text', () => {
  it.each([
    [{ commonName: 'James "Jim" Smith, III' }, 'CN=James \\"Jim\\" Smith\\, III'],
    [{ commonName: '#a' }, 'CN=\\#a'],
    [{ commonName: 'a#b+c;d<e>f\\g' }, 'CN=a#b\\+c\\;d\\<e\\>f\\\\g'],
    [{ country: 'DE', commonName: 'x', serialNumber: '7' }, 'serialNumber=7,CN=x,C=DE'],
  ])('%j is %s', (fields, text) => expect(nameText(encodeSubject(fields))).toBe(text))

  it('escapes spaces at the ends and controls, as other people’s names may have them', () => {
    const name = (text: string) => sequence(element(0x31, attribute(OID.commonName, 0x0c, text)))
    expect(nameText(name(' a '))).toBe('CN=\\ a\\ ')
    expect(nameText(name(' '))).toBe('CN=\\ ')
    expect(nameText(name('a\rb'))).toBe('CN=a\\0db')
    expect(nameText(name('\\ '))).toBe('CN=\\\\\\ ')
  })

  it('joins an RDN of two attributes by + (§2.2), and has other types dotted with # (§2.4)', () => {
    const rdn = setOf([attribute(OID.commonName, 0x0c, 'x'), attribute(OID.userId, 0x0c, 'u')])
    const last = element(0x31, attribute('1.2.3', 0x0c, 'A'))
    expect(nameText(sequence(rdn, last))).toBe('1.2.3=#0c0141,CN=x+UID=u')
  })
})

describe('names of others', () => {
  it.each([
    ['PrintableString', 0x13, '41', 'A'],
    ['TeletexString', 0x14, 'fc', 'ü'],
    ['BMPString', 0x1e, '00fc6771', 'ü東'],
    ['UniversalString', 0x1c, '0001f600', '😀'],
    ['IA5String', 0x16, '4140', 'A@'],
    ['UTF8String', 0x0c, 'f09f9880', '😀'],
  ])('%s is read', (_, tag, content, text) => {
    const name = sequence(element(0x31, sequence(oid(OID.commonName), element(tag, bytes(content)))))
    expect(attributesOf(name)).toMatchObject([{ oid: OID.commonName, text, tag, rdn: 0 }])
  })

  it.each([
    ['an empty RDN', '30023100', 'name_rdn'],
    ['UTF-8 that isn’t', '300c 310a30080603550403 0c01ff', 'der_string'],
    ['a * in a PrintableString', '300c310a30080603550403 13012a', 'der_string'],
    ['half a BMPString character', '300c310a30080603550403 1e0141', 'der_string'],
    ['an unpaired surrogate', '300d310b30090603550403 1e02d800', 'der_string'],
    ['no name', '0500', 'der_structure'],
    ['octets behind', '300000', 'der_trailing'],
  ])('%s is refused', (_, input, code) => {
    try {
      attributesOf(bytes(input))
      expect.unreachable()
    } catch (error) {
      expect((error as ChanceryError).violations.map((violation) => violation.code)).toEqual([code])
    }
  })

  it('an RDN whose attributes aren’t in DER’s order is refused (X.690 §11.6)', () => {
    const [a, b] = [attribute(OID.commonName, 0x0c, 'a'), attribute(OID.commonName, 0x0c, 'b')] as const
    expect(attributesOf(sequence(element(0x31, a, b))).length).toBe(2)
    expect(() => attributesOf(sequence(element(0x31, b, a)))).toThrow(/BER/)
    expect(() => attributesOf(sequence(element(0x31, a, a)))).toThrow(ChanceryError)
  })

  it('any octets give attributes or a ChanceryError', () => {
    const seed = encodeSubject({ country: 'DE', commonName: 'ü' })
    const damaged = fc.tuple(fc.nat(seed.length - 1), fc.nat(255)).map(([at, octet]) => seed.with(at, octet))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 50 })), (input) => {
        try {
          nameText(input)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})
