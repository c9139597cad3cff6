import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attributesOf, encodeSubject, nameText } from '../../../src/core/x509/distinguished-names.ts'
import { nameFromText } from '../../../src/core/x509/name-from-text.ts'
import { TAG } from '../../../src/core/x509/der/tags.ts'
import { OID } from '../../../src/core/x509/oids.ts'

const der = (text: string): Uint8Array => {
  const name = nameFromText(text)
  if (name instanceof Uint8Array) return name
  throw new Error(`${name.code}: ${name.message}`)
}
const attributes = (text: string) => attributesOf(der(text)).map(({ oid, text: value }) => [oid, value])

describe('names from text (RFC 4514)', () => {
  test('the last RDN of the text comes first', () => {
    expect(Buffer.from(der('CN=x,O=Example GmbH,C=DE'))).toEqual(
      Buffer.from(encodeSubject({ country: 'DE', organization: 'Example GmbH', commonName: 'x' })),
    )
  })

  test('the examples of RFC 4514 §4', () => {
    expect(attributes('UID=jsmith,DC=example,DC=net')).toEqual([
      [OID.domainComponent, 'net'],
      [OID.domainComponent, 'example'],
      [OID.userId, 'jsmith'],
    ])
    expect(attributesOf(der('OU=Sales+CN=J.  Smith,DC=example,DC=net')).map(({ rdn }) => rdn)).toEqual([
      0, 1, 2, 2,
    ])
    expect(attributes('CN=James \\"Jim\\" Smith\\, III')).toEqual([
      [OID.commonName, 'James "Jim" Smith, III'],
    ])
    expect(attributes('1.3.6.1.4.1.1466.0=#13024869')).toEqual([['1.3.6.1.4.1.1466.0', 'Hi']])
    expect(attributes('CN=Lu\\C4\\8Di\\C4\\87')).toEqual([[OID.commonName, 'Lučić']])
  })

  test('blanks around separators and at the ends of values say nothing, escaped ones do', () => {
    expect(attributes(' o = Example GmbH ,  c = DE ')).toEqual(attributes('O=Example GmbH,C=DE'))
    expect(attributes('CN=\\ a\\  ')).toEqual([[OID.commonName, ' a ']])
  })

  test('string types as RFC 5280 Appendix A.1 has them', () => {
    const tags = attributesOf(der('CN=a,serialNumber=1,DC=b,C=DE')).map(({ tag }) => tag)
    expect(tags).toEqual([TAG.printableString, TAG.ia5String, TAG.printableString, TAG.utf8String])
  })

  test('property: whatever a subject may hold comes back from its text, octet for octet', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).map((value) => value.trim())
    const fields = fc.record(
      { organization: text, commonName: text, locality: text },
      { requiredKeys: ['commonName'] },
    )
    fc.assert(
      fc.property(fields, (subject) => {
        let encoded: Uint8Array
        try {
          encoded = encodeSubject(subject)
        } catch {
          return
        }
        expect(Buffer.from(der(nameText(encoded)))).toEqual(Buffer.from(encoded))
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    ['', 'directory_empty'],
    ['  ', 'directory_empty'],
    ['Example', 'directory_form'],
    ['O=a,,C=DE', 'directory_form'],
    ['O=a,', 'directory_form'],
    ['O=a;C=DE', 'directory_form'],
    ['O="a"', 'directory_form'],
    ['O=a\\', 'directory_form'],
    ['O=a\\z', 'directory_form'],
    ['O=#0c016', 'directory_form'],
    ['X=a', 'directory_attribute'],
    ['O=', 'directory_value'],
    ['O=\\ff', 'directory_value'],
    ['O=a\\00b', 'directory_value'],
    ['O=#020101', 'directory_value'],
    ['O=#0c0161ff', 'directory_value'],
    ['C=Germany', 'directory_value'],
    ['serialNumber=ü', 'directory_value'],
    ['DC=ü', 'directory_value'],
    ['9.9.9=#0c0161', 'directory_value'],
    [`O=${'a'.repeat(1100)}`, 'directory_length'],
  ])('refuses %j: %s', (text, code) => {
    expect(nameFromText(text)).toMatchObject({ code })
  })

  test('property: any text is a name or a refusal', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const result = nameFromText(text)
        if (!(result instanceof Uint8Array)) return
        expect(() => attributesOf(result)).not.toThrow()
      }),
    )
  })
})
