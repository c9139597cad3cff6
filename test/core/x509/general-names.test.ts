import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { MAX_NAMES } from '../../../src/core/domain/names.ts'
import { encodeGeneralNames, parseGeneralNames } from '../../../src/core/x509/general-names-der.ts'
import {
  isName,
  nameFrom,
  nameOrRefusal,
  namesFrom,
  otherNameOrRefusal,
} from '../../../src/core/x509/general-names.ts'
import type { TextualType } from '../../../src/core/x509/general-names.ts'
import { element, sequence } from '../../../src/core/x509/der/writer.ts'

/** The canonical text, or `!code` of the refusal. */
function outcome(type: TextualType, text: string): string {
  const result = nameOrRefusal(type, text)
  return isName(result) ? (result as { value: string }).value : `!${result.code}`
}

const DNS: readonly (readonly [string, string])[] = [
  ['example.com', 'example.com'],
  ['EXAMPLE.Com', 'example.com'],
  ['localhost', 'localhost'],
  ['*.example.com', '*.example.com'],
  ['a-b.0c.example', 'a-b.0c.example'],
  ['1.example.com', '1.example.com'],
  ['r3---sn.example.com', 'r3---sn.example.com'],
  ['foo.1com', 'foo.1com'],
  [`${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['BÜCHER.example', 'xn--bcher-kva.example'],
  ['bu\u0308cher.example', 'xn--bcher-kva.example'],
  ['*.bücher.example', '*.xn--bcher-kva.example'],
  ['XN--BCHER-KVA.example', 'xn--bcher-kva.example'],
  ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
  ['東京tokyo.example', 'xn--tokyo-w91hq39l.example'],
  ['한국語abc.example', nonAscii('한국語abc')],
  ['пример.example', 'xn--e1afmkfd.example'],
  ['straße.example', 'xn--strae-oqa.example'],
  ['', '!dns_empty'],
  ['*', '!dns_wildcard'],
  ['*.com', '!dns_wildcard_wide'],
  ['*.*.example.com', '!dns_wildcard'],
  ['a.*.example.com', '!dns_wildcard'],
  ['w*.example.com', '!dns_wildcard'],
  ['*w.example.com', '!dns_wildcard'],
  ['example.com.', '!dns_trailing_dot'],
  ['.example.com', '!dns_label_empty'],
  ['a..example.com', '!dns_label_empty'],
  ['.', '!dns_trailing_dot'],
  ['*.', '!dns_label_empty'],
  ['a_b.example.com', '!dns_underscore'],
  ['_acme.example.com', '!dns_underscore'],
  ['-a.example.com', '!dns_hyphen'],
  ['a-.example.com', '!dns_hyphen'],
  [`${'a'.repeat(64)}.example`, '!dns_label_length'],
  [`${'a.'.repeat(126)}ab`, '!dns_length'],
  ['a'.repeat(5000), '!dns_length'],
  ['192.0.2.1', '!dns_address'],
  ['example.123', '!dns_numeric'],
  ['example.0x7f', '!dns_numeric'],
  ['123', '!dns_numeric'],
  ['http://example.com', '!dns_slash'],
  ['example.com/path', '!dns_slash'],
  ['example.com:443', '!dns_port'],
  ['user@example.com', '!dns_at'],
  ['ex%61mple.com', '!dns_percent'],
  ['a b.example', '!dns_space'],
  [' example.com', '!dns_space'],
  ['example.com\n', '!dns_control'],
  ['exa\u0000mple.com', '!dns_control'],
  ['exam\u0085ple.com', '!dns_control'],
  ['a?b.example', '!dns_character'],
  ['a#b.example', '!dns_character'],
  ['a,b.example', '!dns_character'],
  ["a'b.example", '!dns_character'],
  ['[::1]', '!dns_port'],
  // What the URL parser would map away without a word.
  ['ex\u00adample.com', '!dns_idn_mapped'],
  ['example\u3002com', '!dns_idn_mapped'],
  ['ｅxample.com', '!dns_idn_mapped'],
  ['\u212aelvin.example', '!dns_idn_mapped'],
  ['\u212aü.example', '!dns_idn_mapped'],
  ['ex\u200bample.com', '!dns_idn_mapped'],
  ['a\uff0fb.example', '!dns_idn'],
  ['\ud800.example', '!dns_idn'],
  ['\u202eabc.example', '!dns_idn'],
  ['xn--.example', '!dns_hyphen'],
  ['xn--a.example', '!dns_a_label'],
  ['xn--example-.com', '!dns_hyphen'],
  ['xn--abc-.example', '!dns_hyphen'],
  ['xn--99999999999.example', '!dns_a_label'],
  // Cyrillic а among Latin letters.
  ['p\u0430ypal.example', '!dns_mixed_scripts'],
  ['xn--pypal-4ve.example', '!dns_mixed_scripts'],
  ['αabc.example', '!dns_mixed_scripts'],
  ['한か.example', '!dns_mixed_scripts'],
  ['aー.example', 'xn--a-kju.example'],
]
function nonAscii(label: string): string {
  return new URL(`http://${label}.example/`).hostname
}

describe('dns names', () => {
  it.each(DNS)('%j gives %s', (text, expected) => {
    expect(outcome('dns', text)).toBe(expected)
  })

  it('are canonical once and for all', () => {
    const alphabet = fc.constantFrom(...'abcXYZ019-.*_@:/%üßая漢か한\u00ad\u200d\u0301ー。Kſ')
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 20 }), (text) => {
        const once = outcome('dns', text)
        if (once.startsWith('!')) return
        expect(once).toMatch(/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
        expect(outcome('dns', once)).toBe(once)
      }),
      { numRuns: 800 },
    )
  })

  it('never fail in another way, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(outcome('dns', text)).toBeTypeOf('string')
      }),
      { numRuns: 300 },
    )
  })
})

describe('addresses', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['', '!ip_empty'],
    ['192.0.2', '!ip'],
    ['192.0.2.256', '!ip'],
    ['192.0.2.01', '!ip'],
    ['192.0.2.1.', '!ip'],
    ['0x7f.0.0.1', '!ip'],
    ['2130706433', '!ip'],
    [' 192.0.2.1', '!ip'],
    ['192.0.2.1/32', '!ip_prefix'],
    ['fe80::1%eth0', '!ip_zone'],
    [':::', '!ip'],
    ['1::2::3', '!ip'],
    ['1:2:3:4:5:6:7:8:9', '!ip'],
    ['1:2:3:4:5:6:7:8::', '!ip'],
    ['1:2:3:4:5:6:7', '!ip'],
    [':1:2:3:4:5:6:7', '!ip'],
    ['12345::', '!ip'],
    ['1.2.3.4::', '!ip'],
    ['::1.2.3.4:1', '!ip'],
    ['[::1]', '!ip'],
  ])('%j gives %s', (text, expected) => expect(outcome('ip', text)).toBe(expected))

  it('in canonical form are what RFC 5952 and the URL parser make of them', () => {
    const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    })
    fc.assert(
      fc.property(groups, (all) => {
        fc.pre(!(all.slice(0, 5).every((group) => group === 0) && all[5] === 0xffff))
        const text = all.map((group) => group.toString(16)).join(':')
        expect(`[${outcome('ip', text)}]`).toBe(new URL(`http://[${text}]/`).hostname)
      }),
    )
  })
})

describe('mailboxes', () => {
  it.each([
    ['Admin@Example.COM', 'Admin@example.com'],
    ["o'neil+tag@example.com", "o'neil+tag@example.com"],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@localhost', 'a@localhost'],
    ['', '!email_empty'],
    ['example.com', '!email_at'],
    ['@example.com', '!email_local'],
    ['a@b@example.com', '!email_local'],
    ['.a@example.com', '!email_local'],
    ['a..b@example.com', '!email_local'],
    ['a b@example.com', '!email_local'],
    ['"a b"@example.com', '!email_quoted'],
    ['jürgen@example.com', '!email_ascii'],
    [`${'a'.repeat(65)}@example.com`, '!email_length'],
    ['a@[192.0.2.1]', '!email_literal'],
    ['a@192.0.2.1', '!dns_address'],
    ['a@*.example.com', '!dns_wildcard'],
    ['a@', '!dns_empty'],
    ['a@example.com\n', '!dns_control'],
  ])('%j gives %s', (text, expected) => expect(outcome('email', text)).toBe(expected))
})

describe('URIs', () => {
  it.each([
    ['https://Example.com/Path?q=1#f', 'https://example.com/Path?q=1#f'],
    ['HTTPS://example.com:8443', 'https://example.com:8443'],
    ['http://[2001:DB8:0::1]/', 'http://[2001:db8::1]/'],
    ['http://192.0.2.1/', 'http://192.0.2.1/'],
    ['urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6'],
    ['sip:user@example.com', 'sip:user@example.com'],
    ['spiffe://example.org/ns/prod/sa/web', 'spiffe://example.org/ns/prod/sa/web'],
    ['spiffe://example.org', 'spiffe://example.org'],
    ['spiffe://under_score.test/A.b-C_1', 'spiffe://under_score.test/A.b-C_1'],
    ['', '!uri_empty'],
    ['/path', '!uri_relative'],
    ['//example.com/', '!uri_relative'],
    ['example.com', '!uri_relative'],
    ['1http://example.com', '!uri_relative'],
    ['https:', '!uri_incomplete'],
    ['https:///path', '!uri_host'],
    ['https://exa_mple.com/', '!uri_host'],
    ['https://*.example.com/', '!uri_host'],
    ['https://[::g]/', '!uri_host'],
    ['https://user:pw@example.com/', '!uri_userinfo'],
    ['https://example.com:99999/', '!uri_port'],
    ['https://example.com:/', '!uri_port'],
    ['https://example.com/ü', '!uri_ascii'],
    ['https://example.com/a b', '!uri_character'],
    ['https://example.com/%4', '!uri_percent'],
    ['https://example.com/[x]', '!uri_character'],
    [`https://example.com/${'a'.repeat(2048)}`, '!uri_length'],
    ['SPIFFE://example.org/a', '!spiffe_scheme'],
    ['spiffe:/example.org/a', '!spiffe_scheme'],
    ['spiffe:///a', '!spiffe_trust_domain'],
    ['spiffe://Example.org/a', '!spiffe_trust_domain'],
    ['spiffe://exa%6dple.org/a', '!spiffe_trust_domain'],
    [`spiffe://${'a'.repeat(256)}/a`, '!spiffe_trust_domain'],
    ['spiffe://example.org:80/a', '!spiffe_authority'],
    ['spiffe://u@example.org/a', '!spiffe_authority'],
    ['spiffe://example.org/a?b', '!spiffe_query'],
    ['spiffe://example.org/a#b', '!spiffe_query'],
    ['spiffe://example.org/', '!spiffe_path'],
    ['spiffe://example.org/a/', '!spiffe_path'],
    ['spiffe://example.org//a', '!spiffe_path'],
    ['spiffe://example.org/a/../b', '!spiffe_path'],
    ['spiffe://example.org/./b', '!spiffe_path'],
    ['spiffe://example.org/a%20b', '!spiffe_path'],
  ])('%j gives %s', (text, expected) => expect(outcome('uri', text)).toBe(expected))
})

describe('other names', () => {
  const UPN = '1.3.6.1.4.1.311.20.2.3'
  const code = (oid: string, value: string): string => {
    const result = otherNameOrRefusal(oid, value)
    return isName(result) ? (result as { value: string }).value : `!${result.code}`
  }
  it.each([
    [UPN, '0C0141', '0c0141'],
    [UPN, '', '!other_value'],
    [UPN, '0c', '!other_value'],
    [UPN, '0c0141ff', '!other_value'],
    [UPN, '3080', '!other_value'],
    [UPN, 'xyz', '!other_value'],
    ['1', '0c0141', '!other_oid'],
  ])('%s %s gives %s', (oid, value, expected) => expect(code(oid, value)).toBe(expected))

  it.each([
    ['rid', '1.2.3', '1.2.3'],
    ['rid', '9.9', '!rid'],
    ['directory', '3000', '3000'],
    ['directory', '3100', '!directory'],
    ['directory', '300000', '!directory'],
  ] as const)('%s %s gives %s', (type, text, expected) => expect(outcome(type, text)).toBe(expected))
})

describe('a list of names', () => {
  it('comes back canonical, without duplicates, every problem under its own path', () => {
    const { names, violations } = namesFrom(
      {
        dns: ['A.example', 'a.example', '*.com'],
        ip: ['::0'],
        email: ['x'],
        other: [{ oid: '1.2', value: '0500' }],
      },
      'names',
    )
    expect(names).toEqual([
      { type: 'dns', value: 'a.example' },
      { type: 'ip', value: '::' },
      { type: 'other', oid: '1.2', value: '0500' },
    ])
    expect(violations.map(({ code, field }) => [code, field])).toEqual([
      ['dns_wildcard_wide', 'names.dns[2]'],
      ['email_at', 'names.email[0]'],
    ])
    expect(violations[0]?.message).toContain('"*.com"')
  })

  it(`takes ${MAX_NAMES} different names and no more`, () => {
    const dns = Array.from({ length: MAX_NAMES }, (_, i) => `a${i}.example`)
    expect(namesFrom({ dns: [...dns, ...dns] }, 'names').violations).toEqual([])
    expect(namesFrom({ dns: [...dns, 'b.example'] }, 'names').violations).toMatchObject([
      { code: 'names_count', field: 'names' },
    ])
  })

  it('throws one error naming the field where a single name is asked for', () => {
    expect(() => nameFrom('dns', 'a_b', 'name')).toThrow(ChanceryError)
    expect(nameFrom('dns', 'A.b', 'name')).toEqual({ type: 'dns', value: 'a.b' })
  })
})

describe('GeneralNames in DER', () => {
  const all = [
    { type: 'dns', value: '*.example.com' },
    { type: 'ip', value: '192.0.2.1' },
    { type: 'ip', value: '2001:db8::1' },
    { type: 'email', value: 'A@example.com' },
    { type: 'uri', value: 'spiffe://example.org/a' },
    { type: 'other', oid: '1.3.6.1.4.1.311.20.2.3', value: '0c0141' },
    { type: 'directory', value: '300c310a300806035504030c0141' },
    { type: 'rid', value: '1.2.3' },
  ] as const

  it('go there and back in their order', () => {
    expect(parseGeneralNames(encodeGeneralNames(all))).toEqual(all)
  })

  const ascii = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'latin1'))
  it('pass the same policy as names in text', () => {
    for (const [text, expected] of DNS) {
      if (/[^\u0000-\u007f]/.test(text)) continue
      const der = sequence(element(0x82, ascii(text)))
      if (expected.startsWith('!')) {
        expect(() => parseGeneralNames(der), text).toThrow(ChanceryError)
        try {
          parseGeneralNames(der)
        } catch (error) {
          expect((error as ChanceryError).violations).toMatchObject([
            { code: expected.slice(1), field: 'subjectAltName[0]' },
          ])
        }
      } else expect(parseGeneralNames(der)).toEqual([{ type: 'dns', value: expected }])
    }
  })

  it.each([
    ['an empty list', '3000', 'names_empty'],
    ['an address of 5 octets', '300787050102030405', 'ip'],
    ['an x400Address', '3002a300', 'name_type'],
    ['an ediPartyName without a party', '3002a500', 'edi'],
    ['IA5String beyond ASCII', '300382 01fc', 'der_string'],
    ['a constructed dNSName', '3005a203820161', 'name_type'],
    ['octets behind', '300382016100', 'der_trailing'],
    ['a list in BER', '30800000', 'der_ber'],
  ])('%s is refused', (_, hex, code) => {
    try {
      parseGeneralNames(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))
      expect.unreachable()
    } catch (error) {
      expect((error as ChanceryError).violations.map((violation) => violation.code)).toEqual([code])
    }
  })

  it('any octets and any change of good ones give names or a ChanceryError', () => {
    const good = encodeGeneralNames(all)
    const mutated = fc
      .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map((changes) => {
        const copy = good.slice()
        for (const [at, octet] of changes) copy[at] = octet
        return copy
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated), (der) => {
        try {
          const names = parseGeneralNames(der)
          expect(parseGeneralNames(encodeGeneralNames(names))).toEqual(names)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
        }
      }),
      { numRuns: 800 },
    )
  })
})
