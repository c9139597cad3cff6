import 'reflect-metadata'
import { sign } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { REVOCATION_REASON_NAMES } from '../../../src/core/domain/revocation.ts'
import * as crlExt from '../../../src/core/x509/crl-extensions.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import type { CrlEntry } from '../../../src/core/x509/crl-entries.ts'
import { concat, sequence } from '../../../src/core/x509/der/writer.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import * as ext from '../../../src/core/x509/extensions.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { testKeys } from './keys.ts'
import { assembleCrl, encodeTbsCertList, type WholeCrlDraft } from './whole-crl.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const ascii = (text: string): string => Buffer.from(text, 'latin1').toString('hex')
const REVOKED = Date.UTC(2026, 5, 1)

const draftOf = (change: Partial<WholeCrlDraft> = {}): WholeCrlDraft => ({
  signatureAlgorithm: 'SHA256WITHECDSA',
  issuer: encodeSubject({ commonName: 'CA' }),
  thisUpdate: Date.UTC(2026, 6, 1),
  nextUpdate: Date.UTC(2026, 6, 8),
  entries: [],
  extensions: [ext.authorityKeyIdentifier(new Uint8Array(20)), crlExt.cRLNumber(7)],
  ...change,
})
const signed = (draft: WholeCrlDraft): Uint8Array => {
  const tbs = encodeTbsCertList(draft)
  return assembleCrl(tbs, draft.signatureAlgorithm, sign('sha256', tbs, testKeys.p256.privateKey))
}
const ALL: readonly CrlEntry[] = REVOCATION_REASON_NAMES.map((reason, i) => ({
  serial: `${i}f`.padStart(32, '8'),
  revokedAt: REVOKED + i * 1000,
  reason,
}))

describe('golden dumps', () => {
  it('RFC 5280 §5.1.2.6: no entries, no list', () => {
    expect(hex(encodeTbsCertList(draftOf({ extensions: [crlExt.cRLNumber(7)] })))).toBe(
      hex(
        bytes(`
        304c 020101
          300a 06082a8648ce3d040302
          300d 310b 3009 0603550403 0c024341
          170d 3236303730313030303030305a 170d 3236303730383030303030305a
          a00e 300c 300a 0603551d14 0403 020107`),
      ),
    )
  })

  it('RFC 5280 §5.2.5, §5.2.6: a shard’s CRL, with a pointer to its delta', () => {
    const extensions = [
      crlExt.cRLNumber(300),
      ext.freshestCRL(['http://a.test/1-delta.crl']),
      crlExt.issuingDistributionPoint({ urls: ['http://a.test/1.crl'] }),
    ]
    expect(hex(encodeTbsCertList(draftOf({ extensions })))).toBe(
      hex(
        bytes(`
        3081a0 020101
          300a 06082a8648ce3d040302
          300d 310b 3009 0603550403 0c024341
          170d 3236303730313030303030305a 170d 3236303730383030303030305a
          a062 3060
            300b 0603551d14 0404 0202012c
            302a 0603551d2e 0423 3021 301f a01d a01b 8619 ${ascii('http://a.test/1-delta.crl')}
            3025 0603551d1c 0101ff 041b 3019 a017 a015 8613 ${ascii('http://a.test/1.crl')}`),
      ),
    )
  })

  it('RFC 5280 §5.2.4: a delta, with an entry that is taken back', () => {
    const extensions = [crlExt.cRLNumber(9), crlExt.deltaCRLIndicator(7)]
    const entries = [{ serial: '05', revokedAt: REVOKED, reason: 'removeFromCRL' }] as const
    expect(hex(encodeTbsCertList(draftOf({ extensions, entries })))).toBe(
      hex(
        bytes(`
        307f 020101
          300a 06082a8648ce3d040302
          300d 310b 3009 0603550403 0c024341
          170d 3236303730313030303030305a 170d 3236303730383030303030305a
          3022 3020 020105 170d 3236303630313030303030305a 300c 300a 0603551d15 0403 0a0108
          a01d 301b
            300a 0603551d14 0403 020109
            300d 0603551d1b 0101ff 0403 020107`),
      ),
    )
  })

  it('RFC 5280 §5.3.1: an unspecified reason is left out, and with it the extensions', () => {
    const entries = [
      { serial: '01', revokedAt: REVOKED, reason: 'unspecified' },
      { serial: '80', revokedAt: REVOKED, reason: 'superseded' },
    ] as const
    const all = hex(encodeTbsCertList(draftOf({ entries })))
    expect(all).toContain(
      hex(
        bytes(`3037
        3012 020101 170d 3236303630313030303030305a
        3021 02020080 170d 3236303630313030303030305a 300c 300a 0603551d15 0403 0a0104`),
      ),
    )
  })
})

describe('a list with every reason', () => {
  const der = signed(draftOf({ entries: ALL }))
  it('parses back to its entries', () => {
    const parsed = parseCrl(der)
    expect(parsed).toMatchObject({
      version: 2,
      thisUpdate: Date.UTC(2026, 6, 1),
      nextUpdate: Date.UTC(2026, 6, 8),
      entryCount: ALL.length,
    })
    expect([...parsed.entries()]).toEqual(ALL)
    expect(hex(parsed.extensions[1]?.value as Uint8Array)).toBe('020107')
  })

  it('is the same to @peculiar/x509', async () => {
    const theirs = new x509.X509Crl(der)
    expect(
      theirs.entries.map(({ serialNumber, revocationDate, reason }) => [
        serialNumber,
        revocationDate.getTime(),
        reason ?? 0,
      ]),
    ).toEqual(ALL.map(({ serial, revokedAt, reason }) => [serial, revokedAt, x509.X509CrlReason[reason]]))
    expect(await theirs.verify({ publicKey: new x509.PublicKey(testKeys.p256.spki) }, crypto)).toBe(true)
  })

  it('is the same to asn1js and pkijs', () => {
    const theirs = new pkijs.CertificateRevocationList({
      schema: asn1js.fromBER(Uint8Array.from(der).buffer).result,
    })
    expect(theirs.revokedCertificates?.length).toBe(ALL.length)
    expect(theirs.revokedCertificates?.map((one) => one.crlEntryExtensions?.extensions.length ?? 0)).toEqual(
      ALL.map(({ reason }) => (reason === 'unspecified' ? 0 : 1)),
    )
  })

  it.skipIf(!hasTool('openssl'))('is the same to openssl', () => {
    const { status, stdout } = runTool('openssl', ['crl', '-noout', '-text', '-inform', 'DER'], der)
    expect(status).toBe(0)
    expect(stdout.match(/Serial Number: [0-9A-F]{32}\n/g)?.length).toBe(ALL.length)
    expect(stdout.match(/CRL Reason Code/g)?.length).toBe(ALL.length - 1)
    expect(stdout).toMatch(/X509v3 CRL Number: \s+7\n/)
  })
})

describe('entries', () => {
  it('go there and back, as octets and as hex, with and without leading zeros', () => {
    const entry = fc.record({
      serial: fc
        .uint8Array({ minLength: 1, maxLength: 16 })
        .filter((octets) => octets.some((octet) => octet > 0)),
      revokedAt: fc.integer({ min: -631_152_000, max: 253_402_300_799 }).map((seconds) => seconds * 1000),
      reason: fc.constantFrom(...REVOCATION_REASON_NAMES),
    })
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 20 }), fc.boolean(), (drawn, asHex) => {
        const entries = drawn.map((one) => (asHex ? { ...one, serial: hex(one.serial).toUpperCase() } : one))
        const parsed = [...parseCrl(signed(draftOf({ entries }))).entries()]
        expect(parsed.map(({ revokedAt, reason }) => [revokedAt, reason])).toEqual(
          drawn.map(({ revokedAt, reason }) => [revokedAt, reason]),
        )
        expect(parsed.map(({ serial }) => BigInt(`0x${serial}`))).toEqual(
          drawn.map(({ serial }) => BigInt(`0x${hex(serial)}`)),
        )
      }),
    )
  })

  it.each(['', '00', 'xyz', '0x1', '1g', 'ff'.repeat(20), '01'.repeat(21)])(
    'the serial %j is refused',
    (serial) => {
      const entries = [{ serial, revokedAt: REVOKED, reason: 'unspecified' as const }]
      expect(() => encodeTbsCertList(draftOf({ entries }))).toThrow(ChanceryError)
    },
  )
  it('an odd number of hex digits is a serial too', () => {
    const entries = [{ serial: 'abc', revokedAt: REVOKED, reason: 'unspecified' as const }]
    expect([...parseCrl(signed(draftOf({ entries }))).entries()][0]?.serial).toBe('0abc')
  })
  it.each([Number.NaN, Date.UTC(1900, 0, 1), Date.UTC(10_000, 0, 1)])(
    'the date %d is refused',
    (revokedAt) => {
      const entries = [{ serial: '01', revokedAt, reason: 'unspecified' as const }]
      expect(() => encodeTbsCertList(draftOf({ entries }))).toThrow(ChanceryError)
    },
  )

  it('by the hundred thousand are written from an iterator', () => {
    const count = 100_000
    function* many(): Generator<CrlEntry> {
      for (let i = 0; i < count; i++) {
        yield { serial: (i + 1).toString(16).padStart(32, '9'), revokedAt: REVOKED, reason: 'keyCompromise' }
      }
    }
    const parsed = parseCrl(signed(draftOf({ entries: many() })))
    expect(parsed.entryCount).toBe(count)
    expect([...parsed.entries()].at(-1)?.serial).toBe(count.toString(16).padStart(32, '9'))
  })
})

describe('lists of others', () => {
  const good = hex(signed(draftOf({ entries: ALL.slice(0, 2) })))
  /** A list whose TBSCertList is the good one's with something in it replaced; its signature is no longer right. */
  const altered = (...parts: readonly Uint8Array[]): Uint8Array =>
    assembleCrl(sequence(...parts), 'SHA256WITHECDSA', new Uint8Array(64))
  const [version, algorithm, issuer, date] = [
    bytes('020101'),
    bytes('300a06082a8648ce3d040302'),
    bytes('3000'),
    bytes('170d3236303730313030303030305a'),
  ] as const
  const entry = (extensions: string): Uint8Array =>
    sequence(sequence(bytes('020101'), date, bytes(extensions)))
  it.each([
    ['as it should be', altered(version, algorithm, issuer, date, date), 'taken'],
    ['of version 1', altered(algorithm, issuer, date), 'taken'],
    [
      'with removeFromCRL',
      altered(version, algorithm, issuer, date, entry('300c300a0603551d1504030a0108')),
      'taken',
    ],
    ['an empty list of entries', altered(version, algorithm, issuer, date, sequence()), 'crl_empty'],
    ['version 1 written out', altered(bytes('020100'), algorithm, issuer, date), 'crl_version'],
    ['empty entry extensions', altered(version, algorithm, issuer, date, entry('3000')), 'extensions_empty'],
    [
      'reason 7',
      altered(version, algorithm, issuer, date, entry('300c300a0603551d1504030a0107')),
      'crl_reason',
    ],
    [
      'an unknown critical entry extension',
      altered(version, algorithm, issuer, date, entry('300f300d0603551d1d0101ff0403020101')),
      'crl_entry_critical',
    ],
    ['no time', altered(version, algorithm, issuer), 'der_truncated'],
    ['octets behind', concat(bytes(good), Uint8Array.of(0)), 'der_trailing'],
  ])('%s', (_, der, code) => {
    try {
      expect(parseCrl(der).issuer).toEqual(issuer)
      expect(code).toBe('taken')
    } catch (error) {
      if (!(error instanceof ChanceryError)) throw error
      expect(error.violations.map((violation) => violation.code)).toEqual([code])
    }
  })

  it('any octets and any change give a value or a ChanceryError', () => {
    const seed = bytes(good)
    const damaged = fc
      .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 })
      .map((changes) => changes.reduce((copy, [at, octet]) => copy.with(at, octet), seed))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (input) => {
        try {
          const parsed = parseCrl(input)
          expect([...parsed.entries()].length).toBe(parsed.entryCount)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })
})
