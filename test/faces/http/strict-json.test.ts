import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { canonicalJson, parseStrictJson } from '../../../src/faces/http/strict-json.ts'

const parse = (text: string): unknown => parseStrictJson(Buffer.from(text))
const refusalOf = (octets: Buffer): ChanceryError => {
  try {
    parseStrictJson(octets)
  } catch (error) {
    if (error instanceof ChanceryError) return error
    throw error
  }
  throw new Error('it was taken')
}

describe('parseStrictJson', () => {
  test('takes what JSON.parse takes, when members are named once and strings are whole', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' }), (value) => {
        const text = JSON.stringify(value)
        expect(parse(text)).toEqual(JSON.parse(text))
      }),
    )
  })

  test('octets of any kind are a value or request_invalid', () => {
    const piece = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      '\\',
      ':',
      ',',
      'a',
      '0',
      ' ',
      '\\u',
      'd800',
      'true',
      '\u00e9',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(piece).map((it) => Buffer.from(it.join(''))),
        ),
        (octets) => {
          try {
            parseStrictJson(Buffer.from(octets))
          } catch (error) {
            expect(error).toBeInstanceOf(ChanceryError)
            expect(error).toMatchObject({ code: 'request_invalid' })
          }
        },
      ),
    )
  })

  test.each([
    ['{"a":1,"a":1}', 'a'],
    ['{"a":{"b":1,"c":2,"b":3}}', 'b'],
    ['[{"a":1},{"a":1,"\\u0061":2}]', 'a'],
    ['{"x":"a:b","__proto__":1,"__proto__":2}', '__proto__'],
    ['{"\\"":1,"\\"":2}', '"'],
  ])('RFC 8259 §4: refuses %s, which names a member twice', (text, field) => {
    expect(refusalOf(Buffer.from(text)).violations).toEqual([
      { code: 'repeated', field, message: 'is there twice' },
    ])
  })

  test.each(['{"a":1,"b":{"a":1}}', '[{"a":1},{"a":1}]', '{"a":"x\\":y","b":"{[:"}', '{"__proto__":1}'])(
    'takes %s, which does not',
    (text) => {
      expect(JSON.stringify(parse(text))).toBe(text)
    },
  )

  test.each([
    ['half a surrogate pair', Buffer.from('{"a":"\\ud800"}'), 'unicode'],
    ['half a surrogate pair in a name', Buffer.from('{"\\udc00":1}'), 'unicode'],
    ['octets that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'utf8'],
    ['a byte order mark', Buffer.from('\ufeff{}'), 'json'],
    ['a truncated text', Buffer.from('{"a":'), 'json'],
    ['nothing', Buffer.alloc(0), 'json'],
    ['33 levels', Buffer.from('['.repeat(33) + ']'.repeat(33)), 'depth'],
    ['a million levels', Buffer.from('['.repeat(1_000_000)), 'depth'],
  ])('refuses %s', (_, octets, code) => {
    expect(refusalOf(octets).violations[0]?.code).toBe(code)
  })

  test('takes 32 levels', () => {
    expect(parse('['.repeat(32) + ']'.repeat(32))).toBeInstanceOf(Array)
  })

  test('its refusals never quote the body', () => {
    expect(refusalOf(Buffer.from('{"passphrase":"hunter2hunter2"')).message).not.toContain('hunter2')
  })
})

test('canonicalJson is the same for the same content in another order, and no other', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse())
      expect(canonicalJson(turned)).toBe(canonicalJson(value))
      expect(canonicalJson({ ...value, more: Object.keys(value).length })).not.toBe(canonicalJson(value))
    }),
  )
})
