import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalHostPort, canonicalPath } from '../../../src/core/domain/public-addresses.ts'
import {
  configuredRevocation,
  makesCompleteCrl,
  revocationViolations,
  usualRevocation,
  type RevocationWishes,
} from '../../../src/core/domain/revocation-configuration.ts'
import { HOUR } from '../../../src/core/domain/time.ts'

const usual = usualRevocation('GENERAL_PURPOSE')
const wrong = (wishes: RevocationWishes) =>
  revocationViolations(configuredRevocation(usual, wishes), 'GENERAL_PURPOSE').map(
    ({ code, field }) => `${field} ${code}`,
  )

describe('a configuration', () => {
  test('as usual is right, for short-lived authorities too', () => {
    for (const mode of ['GENERAL_PURPOSE', 'SHORT_LIVED_CERTIFICATE'] as const)
      expect(revocationViolations(usualRevocation(mode), mode)).toEqual([])
  })

  test('changes in what is wished for alone, and null takes it back', () => {
    const set = configuredRevocation(usual, {
      crl: { hours: 36, host: 'CRL.Example.com:8080', path: '/pki/crl/', deltaHours: 6 },
      ocsp: { host: 'ocsp.example.com' },
    })
    expect(set).toEqual({
      crl: { ...usual.crl, hours: 36, host: 'crl.example.com:8080', path: 'pki/crl', deltaHours: 6 },
      ocsp: { ...usual.ocsp, host: 'ocsp.example.com' },
      caIssuers: true,
    })
    expect(configuredRevocation(set, { caIssuers: false })).toEqual({ ...set, caIssuers: false })
    const back = { crl: { hours: 168, host: null, path: null, deltaHours: null }, ocsp: { host: null } }
    expect(configuredRevocation(set, back)).toEqual(usual)
    const kept = configuredRevocation(usual, { crl: { bucket: 'pki', path: '/' } })
    expect(kept.crl).toEqual({ ...usual.crl, bucket: 'pki', path: '/' })
    expect(configuredRevocation(kept, { crl: { bucket: null, path: null } })).toEqual(usual)
  })

  test.each<[RevocationWishes, string]>([
    [{ crl: { hours: 0 } }, 'revocation.crl.hours crl_hours'],
    [{ crl: { hours: 1.5 } }, 'revocation.crl.hours crl_hours'],
    [{ crl: { hours: 5000 * 24 + 1 } }, 'revocation.crl.hours crl_hours'],
    [{ crl: { deltaHours: 0 } }, 'revocation.crl.deltaHours crl_delta_hours'],
    [{ crl: { deltaHours: 169 } }, 'revocation.crl.deltaHours crl_delta_hours'],
    [{ crl: { host: 'http://crl.example.com' } }, 'revocation.crl.host host'],
    [{ crl: { host: 'crl.example.com/crl' } }, 'revocation.crl.host host'],
    [{ crl: { host: 'user@crl.example.com' } }, 'revocation.crl.host host'],
    [{ crl: { host: 'crl.example.com:0' } }, 'revocation.crl.host host'],
    [{ ocsp: { host: 'a..b' } }, 'revocation.ocsp.host host'],
    [{ crl: { path: '../crl' } }, 'revocation.crl.path path'],
    [{ crl: { path: 'a//b' } }, 'revocation.crl.path path'],
    [{ crl: { path: 'ca/crl' } }, 'revocation.crl.path path'],
    [{ crl: { path: 'a/'.repeat(13) } }, 'revocation.crl.path path'],
    [{ crl: { path: '//' } }, 'revocation.crl.path path'],
    [{ crl: { bucket: '../pki' } }, 'revocation.crl.bucket bucket_name'],
    [{ crl: { bucket: 'Pki' } }, 'revocation.crl.bucket bucket_name'],
    [{ crl: { path: 'a b' } }, 'revocation.crl.path path'],
    [{ crl: { omitExtension: true, host: 'crl.example.com' } }, 'revocation.crl.omitExtension crl_omitted'],
    [{ ocsp: { hours: 721 } }, 'revocation.ocsp.hours ocsp_hours'],
  ])('%j', (wishes, violation) => {
    expect(wrong(wishes)).toEqual([violation])
  })

  test('AWS’s bounds fit: 1 to 5000 days', () => {
    expect(wrong({ crl: { hours: 24 } })).toEqual([])
    expect(wrong({ crl: { hours: 5000 * 24 } })).toEqual([])
  })
})

describe('the complete CRL', () => {
  const partitioned = configuredRevocation(usual, { crl: { kind: 'PARTITIONED' } })
  test.each([
    [{ revocation: usual, completeCrlUntil: undefined }, true],
    [{ revocation: partitioned, completeCrlUntil: undefined }, false],
    [{ revocation: partitioned, completeCrlUntil: 0 }, true],
    [{ revocation: partitioned, completeCrlUntil: -partitioned.crl.hours * HOUR }, true],
    [{ revocation: partitioned, completeCrlUntil: -partitioned.crl.hours * HOUR - 1 }, false],
    [
      { revocation: configuredRevocation(usual, { crl: { enabled: false } }), completeCrlUntil: undefined },
      false,
    ],
    [
      {
        revocation: configuredRevocation(usual, { crl: { omitExtension: true } }),
        completeCrlUntil: undefined,
      },
      true,
    ],
  ])('goes on as long as certificates name it, and one CRL longer (RFC 5280 §3.3): %#', (authority, made) => {
    expect(makesCompleteCrl(authority, 0)).toBe(made)
  })
})

describe('addresses', () => {
  test('never become anything but a host and a path', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ maxLength: 30 }), (host, path) => {
        const at = canonicalHostPort(host)
        const below = canonicalPath(path)
        if (at === undefined || below === undefined) return
        const url = new URL(`http://${at}/${below}/file.crl`)
        expect([url.username, url.search, url.hash]).toEqual(['', '', ''])
        expect(url.pathname).toBe(`/${below}/file.crl`)
      }),
      {
        examples: [
          ['a.test:1', 'a/b'],
          ['a', '.'],
          ['a', '..'],
          ['a', 'a/../b'],
          ['a:80', '%2e'],
          ['1', 'x?y'],
        ],
      },
    )
  })
})
