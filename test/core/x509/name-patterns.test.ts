import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProfileNameKind } from '../../../src/core/domain/profiles.ts'
import { isRefusal } from '../../../src/core/x509/dns-names.ts'
import { isName, nameOrRefusal, otherNameOrRefusal } from '../../../src/core/x509/general-names.ts'
import { canonicalPattern, covers } from '../../../src/core/x509/name-patterns.ts'

function covered(kind: ProfileNameKind, pattern: string, text: string): boolean {
  const canonical = canonicalPattern(kind, pattern)
  if (isRefusal(canonical)) throw new Error(`${pattern}: ${canonical.message}`)
  const name = kind === 'other' ? otherNameOrRefusal(text, '0c0161') : nameOrRefusal(kind, text)
  if (!isName(name)) throw new Error(`${text}: ${name.message}`)
  return covers(kind, canonical, name)
}

describe('a pattern covers, label by label and segment by segment', () => {
  test.each<[ProfileNameKind, string, readonly string[], readonly string[]]>([
    [
      'dns',
      'www.example.com',
      ['www.example.com', 'WWW.Example.COM'],
      ['example.com', 'a.www.example.com', '*.example.com', 'wwwxexample.com'],
    ],
    [
      'dns',
      '*.example.com',
      ['a.example.com', '*.example.com'],
      [
        'example.com',
        'a.b.example.com',
        'a.badexample.com',
        'aexample.com',
        'a.example.com.evil.org',
        '*.a.example.com',
      ],
    ],
    [
      'dns',
      '**.example.com',
      ['a.example.com', 'a.b.example.com', '*.b.example.com'],
      ['example.com', 'badexample.com', 'example.com.evil.org'],
    ],
    ['dns', '*.bücher.example', ['a.xn--bcher-kva.example'], ['a.bucher.example']],
    ['ip', '10.0.0.0/8', ['10.1.2.3', '10.255.255.255'], ['11.0.0.0', '::ffff:10.1.2.3', '9.255.255.255']],
    ['ip', '192.0.2.7', ['192.0.2.7'], ['192.0.2.70', '192.0.2.6']],
    ['ip', '2001:db8::/33', ['2001:db8::1', '2001:db8:7fff::'], ['2001:db8:8000::', '192.0.2.1']],
    ['ip', '0.0.0.0/0', ['1.2.3.4'], ['::1']],
    [
      'email',
      'example.com',
      ['a@example.com', 'B.c@EXAMPLE.com'],
      ['a@sub.example.com', 'example.com@evil.org', 'a@example.com.evil.org'],
    ],
    ['email', '*.example.com', ['a@x.example.com'], ['a@example.com', 'a@x.y.example.com']],
    ['email', 'a@example.com', ['a@example.com'], ['A@example.com', 'b@example.com']],
    [
      'uri',
      'spiffe://example.com/ns/prod',
      ['spiffe://example.com/ns/prod', 'spiffe://example.com/ns/prod/sa/x'],
      [
        'spiffe://example.com/ns/production',
        'spiffe://example.com/ns',
        'spiffe://example.com.evil.org/ns/prod',
        'spiffe://evil.org/ns/prod',
      ],
    ],
    [
      'uri',
      'https://example.com/a/',
      ['https://example.com/a', 'https://EXAMPLE.com/a/', 'https://example.com/a/b?q#f'],
      [
        'https://example.com/ab',
        'https://example.com/a/../b',
        'https://example.com/a/%2e%2E/b',
        'https://example.com/a/x%2f..%2fb',
        'https://example.com/a//b',
        'https://example.com:8443/a',
        'http://example.com/a',
        'https://example.com/A/b',
      ],
    ],
    [
      'uri',
      'spiffe://example.com',
      ['spiffe://example.com/x', 'spiffe://example.com'],
      ['spiffe://example.org/x'],
    ],
    ['uri', 'urn:example:a', ['urn:example:a'], ['urn:example:a:b', 'urn:example:ab']],
    ['other', '1.3.6.1.4.1.311.20.2.3', ['1.3.6.1.4.1.311.20.2.3'], ['1.3.6.1.4.1.311.20.2']],
  ])('%s %s', (kind, pattern, inside, outside) => {
    for (const name of inside) expect(covered(kind, pattern, name), name).toBe(true)
    for (const name of outside) expect(covered(kind, pattern, name), name).toBe(false)
  })

  test('no name of another kind', () => {
    expect(covers('uri', 'spiffe://a.b', { type: 'dns', value: 'a.b' })).toBe(false)
    expect(covers('dns', '**.b', { type: 'email', value: 'a@a.b' })).toBe(false)
  })

  test('a DNS pattern with a star covers exactly the names whose labels it says', () => {
    const label = fc.stringMatching(/^[a-z][a-z0-9]{0,3}$/)
    const names = fc.array(label, { minLength: 2, maxLength: 5 })
    fc.assert(
      fc.property(names, names, fc.constantFrom('*', '**'), (domain, labels, star) => {
        const within = [...labels, ...domain]
        const pattern = `${star}.${domain.join('.')}`
        expect(covered('dns', pattern, within.join('.'))).toBe(star === '**' || labels.length === 1)
        const other = labels.join('.')
        const ends =
          labels.length > domain.length && labels.slice(-domain.length).join('.') === domain.join('.')
        if (!ends) expect(covered('dns', pattern, other)).toBe(false)
      }),
    )
  })
})

describe('refused as a pattern', () => {
  test.each<[ProfileNameKind, string, string]>([
    ['dns', '', 'dns_empty'],
    ['dns', '*', 'dns_wildcard'],
    ['dns', '**', 'dns_wildcard'],
    ['dns', '***.example.com', 'dns_wildcard'],
    ['dns', 'a.*.example.com', 'dns_wildcard'],
    ['dns', 'a*.example.com', 'dns_wildcard'],
    ['dns', '10.0.0.1', 'dns_address'],
    ['ip', '10.0.0.1/8', 'constraint_ip'],
    ['ip', '10.0.0.0/33', 'constraint_ip'],
    ['ip', 'example.com', 'constraint_ip'],
    ['email', '@example.com', 'email_local'],
    ['email', '*@example.com/', 'dns_slash'],
    ['uri', 'https://example.com/?a', 'pattern_query'],
    ['uri', 'https://example.com/a/../b', 'pattern_path'],
    ['uri', 'https://*.example.com/', 'uri_host'],
    ['uri', '/a', 'uri_relative'],
    ['other', '1', 'pattern_oid'],
  ])('%s %j', (kind, text, code) => {
    expect(canonicalPattern(kind, text)).toMatchObject({ code })
  })
})
