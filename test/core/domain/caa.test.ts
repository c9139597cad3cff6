import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { caaRefusal, caaText, issueValue, type CaaProperty } from '../../../src/core/domain/caa.ts'
import { isIssueValue } from '../../support/caa-grammar.ts'

const ACCOUNT = 'https://ca.example.net/accounts/230123'
const request = {
  wildcard: false,
  method: 'ca-dns-cname',
  accountUri: ACCOUNT,
  identities: ['ca1.example.net'],
}
const wild = { ...request, wildcard: true }
const property = (tag: string, value: string, flags = 0): CaaProperty => ({ flags, tag, value })
const issue = (value: string) => property('issue', value)
const issuewild = (value: string) => property('issuewild', value)

describe('one value', () => {
  test.each([
    ['RFC 8659 §4.2: an issuer', 'ca1.example.net', true],
    ['RFC 8659 §4.2: an issuer with parameters', 'ca1.example.net; account=230123', true],
    ['RFC 8659 §4.2: blanks around everything', ' \tca1.example.net \t;\tpolicy =\tev ; account= 1 ', true],
    ['RFC 8659 §4.2: a semicolon alone after the issuer', 'ca1.example.net ;', true],
    ['RFC 8659 §4.2: a parameter without a value', 'ca1.example.net; policy=', true],
    ['RFC 8659 §4.2: equals signs in a value', 'ca1.example.net; policy=a=b', true],
    ['RFC 1034 §3.1: names compare without regard to case', 'Ca1.EXAMPLE.net', true],
    ['RFC 8659 §4.2: the empty value denies', '', false],
    ['RFC 8659 §4.2: a semicolon denies', ';', false],
    ['RFC 8659 §4.2: parameters without an issuer deny', '; account=230123', false],
    ['RFC 8659 §4.2: %%%%% denies', '%%%%%', false],
    ['RFC 8659 §4.2: another issuer denies', 'ca2.example.org', false],
    ['RFC 8659 §4.2: a subdomain of the issuer is another one', 'www.ca1.example.net', false],
    ['RFC 8659 §4.2: a parent of the issuer is another one', 'example.net', false],
    ['RFC 8659 §4.2: a final dot is not in the grammar', 'ca1.example.net.', false],
    ['RFC 8659 §4.2: nothing after the last semicolon', 'ca1.example.net; policy=ev;', false],
    ['RFC 8659 §4.2: a parameter without an equals sign', 'ca1.example.net; policy', false],
    ['RFC 8659 §4.2: blanks in a value', 'ca1.example.net; policy=e v', false],
    ['RFC 8659 §4.2: an octet above ASCII', 'ca1.example.net; policy=\xe9', false],
    ['RFC 8659 §4.2: a hyphen at the end of a label', 'ca1-.example.net', false],
    ['RFC 8659 §4.2: an underscore in a tag', 'ca1.example.net; account_uri=x', false],
    ['RFC 8657 §3: the account', `ca1.example.net; accounturi=${ACCOUNT}`, true],
    ['RFC 8657 §3: another account', `ca1.example.net; accounturi=${ACCOUNT}4`, false],
    [
      'RFC 8657 §3: URIs are compared octet by octet',
      `ca1.example.net; accounturi=${ACCOUNT.toUpperCase()}`,
      false,
    ],
    ['RFC 8657 §3: an empty account', 'ca1.example.net; accounturi=', false],
    [
      'RFC 8657 §3: several accounts, though alike',
      `ca1.example.net; accounturi=${ACCOUNT}; accounturi=${ACCOUNT}`,
      false,
    ],
    [
      'RFC 8657 §3: several accounts, however they are spelled',
      `ca1.example.net; accounturi=${ACCOUNT}; AccountURI=x`,
      false,
    ],
    ['RFC 8657 §3: another spelling restricts, too', 'ca1.example.net; AccountURI=x', false],
    ['RFC 8657 §4: the method', 'ca1.example.net; validationmethods=ca-dns-cname', true],
    ['RFC 8657 §4: one of the methods', 'ca1.example.net; validationmethods=dns-01,ca-dns-cname', true],
    ['RFC 8657 §4: other methods', 'ca1.example.net; validationmethods=dns-01,ca-email', false],
    ['RFC 8657 §4: a method that begins alike', 'ca1.example.net; validationmethods=ca-dns-cname-2', false],
    ['RFC 8657 §4: no method', 'ca1.example.net; validationmethods=', false],
    ['RFC 8657 §4: a list that isn’t one', 'ca1.example.net; validationmethods=ca-dns-cname,', false],
    [
      'RFC 8657 §4: several lists',
      'ca1.example.net; validationmethods=ca-dns-cname; validationmethods=ca-dns-cname',
      false,
    ],
    [
      'RFC 8657 §5: account and method',
      `ca1.example.net; validationmethods=ca-dns-cname; accounturi=${ACCOUNT}`,
      true,
    ],
    [
      'RFC 8657 §5: the account but another method',
      `ca1.example.net; validationmethods=dns-01; accounturi=${ACCOUNT}`,
      false,
    ],
  ])('%s: %j', (_, value, allowed) => {
    expect(caaRefusal([issue(value)], request) === undefined).toBe(allowed)
    expect(caaRefusal([issuewild(value)], wild) === undefined).toBe(allowed)
  })

  test.each(['ca-dns-cname', 'ca-email', 'ca-http', 'http-01', 'dns-01', 'tls-alpn-01'])(
    'RFC 8657 §4: the method %s is known by its label',
    (method) => {
      const only = [issue(`ca1.example.net; validationmethods=${method}`)]
      expect(caaRefusal(only, { ...request, method })).toBeUndefined()
      expect(caaRefusal(only, { ...request, method: `${method}x` })).toContain(method)
    },
  )
})

test('RFC 8657 §3: an empty account is nobody’s, also where this authority has no URI for accounts', () => {
  const nameless = { ...request, accountUri: '' }
  expect(caaRefusal([issue('ca1.example.net; accounturi=')], nameless)).toContain('an empty accounturi')
  expect(caaRefusal([issue('ca1.example.net')], nameless)).toBeUndefined()
})

describe('a set of records', () => {
  test.each<[string, CaaProperty[], boolean, boolean]>([
    ['RFC 8659 §3: no record restricts nothing', [], true, true],
    [
      'RFC 8659 §4.2: iodef alone restricts nothing',
      [property('iodef', 'mailto:security@example.com')],
      true,
      true,
    ],
    ['RFC 8659 §4.2: one of several issue is enough', [issue(';'), issue('ca1.example.net')], true, true],
    ['RFC 8659 §4.3: issuewild says nothing about other names', [issuewild(';')], true, false],
    ['RFC 8659 §4.3: issuewild takes precedence', [issue('ca1.example.net'), issuewild(';')], true, false],
    [
      'RFC 8659 §4.3: issuewild allows what issue doesn’t',
      [issue(';'), issuewild('ca1.example.net')],
      false,
      true,
    ],
    [
      'RFC 8659 §4.3: a malformed issuewild takes precedence, too',
      [issue('ca1.example.net'), issuewild('%')],
      true,
      false,
    ],
    ['RFC 8659 §4.3: without issuewild, issue decides', [issue('ca2.example.org')], false, false],
    [
      'RFC 8659 §4.1: tags have no case',
      [property('ISSUE', ';'), property('IssueWild', 'ca1.example.net')],
      false,
      true,
    ],
    ['RFC 8659 §4.1: an unknown tag is ignored', [property('tbs', 'Unknown')], true, true],
    [
      'RFC 8659 §4.5: a critical unknown tag forbids',
      [issue('ca1.example.net'), property('tbs', 'Unknown', 128)],
      false,
      false,
    ],
    ['RFC 8659 §4.1: only bit 0 is the critical one', [property('tbs', 'Unknown', 127)], true, true],
    ['RFC 8659 §4.1: bit 0 among others', [property('tbs', 'Unknown', 129)], false, false],
    [
      'RFC 8659 §4.1: a known tag may be critical',
      [property('issue', 'ca1.example.net', 128), property('iodef', '', 128)],
      true,
      true,
    ],
    [
      'RFC 9495 §3: issuemail is for others, and critical it forbids',
      [property('issuemail', 'ca1.example.net', 128)],
      false,
      false,
    ],
  ])('%s', (_, records, name, wildcard) => {
    expect(caaRefusal(records, request) === undefined).toBe(name)
    expect(caaRefusal(records, wild) === undefined).toBe(wildcard)
  })

  test('the reason says what stands there, and what is missing', () => {
    expect(caaRefusal([issue('ca2.example.org')], request)).toBe(
      '0 issue "ca2.example.org": none of them names ca1.example.net',
    )
    expect(caaRefusal([issue(';'), issue('ca1.example.net; accounturi=x')], request)).toBe(
      `0 issue ";", 0 issue "ca1.example.net; accounturi=x": an empty issuer allows nobody; only the account x may, this is ${ACCOUNT}`,
    )
    expect(caaRefusal([issue('a.example')], { ...request, identities: [] })).toContain('has no CAA identity')
  })

  test('RFC 1035 §5.1: what a stranger wrote into a record is printable in the reason', () => {
    expect(caaText(property('issue\n', 'a"\\\x1b\xff', 1))).toBe('1 issue\\010 "a\\"\\\\\\027\\255"')
  })

  test('an identity may be configured in any case, and with the root’s dot', () => {
    expect(
      caaRefusal([issue('ca1.example.net')], { ...request, identities: ['x.example', 'CA1.Example.NET.'] }),
    ).toBeUndefined()
  })
})

describe('the parser of values', () => {
  const piece = fc.constantFrom(
    'ca',
    'A',
    '0',
    '-',
    '.',
    ';',
    '=',
    ' ',
    '\t',
    '%',
    '\x7f',
    '\xe9',
    'accounturi',
    'policy=ev',
  )
  const texts = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'binary', maxLength: 20 }),
    // Something right, with one octet changed, lost or added.
    fc
      .tuple(
        fc.constantFrom('ca1.example.net; a=b; c=d', ' x-y.z ; q = r ', ';'),
        fc.nat(30),
        fc.nat(255),
        fc.nat(1),
      )
      .map(([text, at, octet, cut]) => text.slice(0, at) + String.fromCharCode(octet) + text.slice(at + cut)),
  )

  test('takes exactly what the grammar of RFC 8659 §4.2 has', () => {
    let right = 0
    fc.assert(
      fc.property(texts, (text) => {
        const parsed = issueValue(text)
        if (parsed !== undefined) right++
        expect(parsed !== undefined, JSON.stringify(text)).toBe(isIssueValue(text))
      }),
      { numRuns: 5_000 },
    )
    expect(right).toBeGreaterThan(500)
  })

  test('reads a value of 64 KiB, whatever it is made of, in one pass', () => {
    const parts = [' ', '\t', '-', 'a', 'a-', 'a.', ';', ' ;', '=', 'a=', 'a= ;', '; a = ']
    const started = performance.now()
    for (const part of parts)
      for (const end of ['', '\x00', '-', ';'])
        issueValue(`ca1.example.net${part.repeat(65_536 / part.length)}${end}`)
    expect(performance.now() - started).toBeLessThan(5_000)
  })
})
