import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import * as crlExt from '../../../src/core/x509/crl-extensions.ts'
import * as decoders from '../../../src/core/x509/extension-decoders.ts'
import * as ext from '../../../src/core/x509/extensions.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { parseGeneralNames } from '../../../src/core/x509/general-names-der.ts'
import { decodeNameConstraints } from '../../../src/core/x509/name-constraints-extension.ts'
import { OID, oidName } from '../../../src/core/x509/oids.ts'
import type { Extension } from '../../../src/core/x509/types.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const NAMED = encodeSubject({ commonName: 'x' })
const KEY_ID = new Uint8Array(20).fill(0xab)
const URL_A = 'http://a.example/1'
const URL_HEX = '8612687474703a2f2f612e6578616d706c652f31'

describe('golden dumps: RFC 5280 §4.2', () => {
  const table: readonly (readonly [string, Extension, boolean, string])[] = [
    ['§4.2.1.1', ext.authorityKeyIdentifier(KEY_ID), false, `30168014${'ab'.repeat(20)}`],
    ['§4.2.1.2', ext.subjectKeyIdentifier(KEY_ID), false, `0414${'ab'.repeat(20)}`],
    ['§4.2.1.3', ext.keyUsage(['digitalSignature']), true, '03020780'],
    ['§4.2.1.3', ext.keyUsage(['keyCertSign', 'cRLSign', 'digitalSignature']), true, '03020186'],
    ['§4.2.1.3', ext.keyUsage(['decipherOnly']), true, '0303070080'],
    ['§4.2.1.4', ext.certificatePolicies([{ oid: '1.2.3' }]), false, '3006300406022a03'],
    [
      '§4.2.1.4',
      ext.certificatePolicies([{ oid: '1.2.3', cps: URL_A }]),
      false,
      `3028302606022a033020301e06082b060105050702011612${URL_HEX.slice(4)}`,
    ],
    [
      '§4.2.1.5',
      ext.policyMappings([{ issuer: '1.2.3', subject: '1.2.4' }]),
      true,
      '300a300806022a0306022a04',
    ],
    ['§4.2.1.6', ext.subjectAltName([{ type: 'dns', value: 'a.b' }], NAMED), false, '30058203612e62'],
    ['§4.2.1.6', ext.subjectAltName([{ type: 'dns', value: 'a.b' }], EMPTY_NAME), true, '30058203612e62'],
    ['§4.2.1.7', ext.issuerAltName([{ type: 'email', value: 'a@b' }]), false, '30058103614062'],
    ['§4.2.1.9', ext.basicConstraints({ ca: false }), true, '3000'],
    ['§4.2.1.9', ext.basicConstraints({ ca: true }), true, '30030101ff'],
    ['§4.2.1.9', ext.basicConstraints({ ca: true, pathLength: 0 }), true, '30060101ff020100'],
    [
      '§4.2.1.10',
      ext.nameConstraints({ permitted: { dns: ['a.b'], ip: ['10.0.0.0/8'] }, excluded: { email: ['.c'] } }),
      true,
      '301da01330058203612e62300a87080a000000ff000000a106300481022e63',
    ],
    ['§4.2.1.11', ext.policyConstraints({ requireExplicitPolicy: 0 }), true, '3003800100'],
    [
      '§4.2.1.11',
      ext.policyConstraints({ requireExplicitPolicy: 1, inhibitPolicyMapping: 200 }),
      true,
      '3007800101810200c8',
    ],
    ['§4.2.1.12', ext.extKeyUsage([OID.serverAuth]), false, '300a06082b06010505070301'],
    ['§4.2.1.13', ext.cRLDistributionPoints([URL_A]), false, `301a3018a016a014${URL_HEX}`],
    ['§4.2.1.14', ext.inhibitAnyPolicy(3), true, '020103'],
    ['§4.2.1.15', ext.freshestCRL([URL_A]), false, `301a3018a016a014${URL_HEX}`],
    [
      '§4.2.2.1',
      ext.authorityInfoAccess({ caIssuers: [URL_A] }),
      false,
      `3020301e06082b06010505073002${URL_HEX}`,
    ],
    ['§4.2.2.2', ext.subjectInfoAccess([URL_A]), false, `3020301e06082b06010505073005${URL_HEX}`],
    ['RFC 6960 §4.2.2.2.1', ext.ocspNoCheck(), false, '0500'],
    ['RFC 7633 §4', ext.tlsFeature([5]), false, '3003020105'],
    ['§5.2.3', crlExt.cRLNumber(255), false, '020200ff'],
    ['§5.2.3', crlExt.cRLNumber(0), false, '020100'],
    ['§5.2.3', crlExt.cRLNumber((1n << 159n) - 1n), false, `02147f${'ff'.repeat(19)}`],
    ['§5.2.4', crlExt.deltaCRLIndicator(7n), true, '020107'],
    ['§5.2.5', crlExt.issuingDistributionPoint({ onlyContainsUserCerts: true }), true, '30038101ff'],
    [
      '§5.2.5',
      crlExt.issuingDistributionPoint({ urls: [URL_A], onlyContainsCACerts: true }),
      true,
      `301ba016a014${URL_HEX}8201ff`,
    ],
    ['§5.3.1', crlExt.reasonCode('keyCompromise'), false, '0a0101'],
    [
      '§5.3.2',
      crlExt.invalidityDate(Date.UTC(2026, 0, 2, 3, 4, 5)),
      false,
      '180f32303236303130323033303430355a',
    ],
  ]
  it.each(table)('%s', (_, { oid, critical, value }, expectedCritical, expected) => {
    expect(oidName(oid)).toBeDefined()
    expect(critical).toBe(expectedCritical)
    expect(hex(value)).toBe(expected)
  })
})

describe('what no extension may say is refused', () => {
  it.each<readonly [string, () => Extension, string]>([
    [
      'a path length of no authority',
      () => ext.basicConstraints({ ca: false, pathLength: 1 }),
      'path_length',
    ],
    ['a negative path length', () => ext.basicConstraints({ ca: true, pathLength: -1 }), 'extension_number'],
    ['half a path length', () => ext.basicConstraints({ ca: true, pathLength: 0.5 }), 'extension_number'],
    ['no key usage', () => ext.keyUsage([]), 'extension_empty'],
    ['no extended key usage', () => ext.extKeyUsage([]), 'extension_empty'],
    ['no OID', () => ext.extKeyUsage(['serverAuth']), 'der_oid'],
    ['no name', () => ext.subjectAltName([], NAMED), 'extension_empty'],
    ['no issuer name', () => ext.issuerAltName([]), 'extension_empty'],
    ['no policy', () => ext.certificatePolicies([]), 'extension_empty'],
    ['a policy twice', () => ext.certificatePolicies([{ oid: '1.2' }, { oid: '1.2' }]), 'policy_twice'],
    ['a statement at no URL', () => ext.certificatePolicies([{ oid: '1.2', cps: 'x' }]), 'uri_relative'],
    ['no mapping', () => ext.policyMappings([]), 'extension_empty'],
    ['anyPolicy mapped', () => ext.policyMappings([{ issuer: OID.anyPolicy, subject: '1.2' }]), 'policy_any'],
    ['no policy constraint', () => ext.policyConstraints({}), 'extension_empty'],
    ['no URL', () => ext.cRLDistributionPoints([]), 'extension_empty'],
    ['a bad URL', () => ext.cRLDistributionPoints(['/1.crl']), 'uri_relative'],
    ['no access', () => ext.authorityInfoAccess({}), 'extension_empty'],
    ['no repository', () => ext.subjectInfoAccess([]), 'extension_empty'],
    ['no feature', () => ext.tlsFeature([]), 'extension_empty'],
    ['half a feature', () => ext.tlsFeature([0.5]), 'der_range'],
    ['a negative CRL number', () => crlExt.cRLNumber(-1), 'crl_number'],
    ['a CRL number of 21 octets', () => crlExt.cRLNumber(1n << 159n), 'crl_number'],
    ['a CRL number that isn’t exact', () => crlExt.cRLNumber(2 ** 53), 'crl_number'],
    ['an empty scope', () => crlExt.issuingDistributionPoint({}), 'issuing_distribution_point'],
    [
      'two scopes',
      () => crlExt.issuingDistributionPoint({ onlyContainsCACerts: true, onlyContainsUserCerts: true }),
      'issuing_distribution_point',
    ],
    ['a date in 1900', () => crlExt.invalidityDate(Date.UTC(1900, 0, 1)), 'der_time'],
  ])('%s', (_, encode, code) => {
    try {
      encode()
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ChanceryError)
      expect((error as ChanceryError).violations.map((violation) => violation.code)).toEqual([code])
    }
  })
})

describe('decoders give back what was encoded', () => {
  it('basicConstraints', () => {
    for (const value of [{ ca: false }, { ca: true }, { ca: true, pathLength: 200 }]) {
      expect(decoders.decodeBasicConstraints(ext.basicConstraints(value).value)).toEqual(value)
    }
  })
  it('keyUsage', () => {
    fc.assert(
      fc.property(fc.subarray([...ext.KEY_USAGES], { minLength: 1 }), (usages) => {
        expect(decoders.decodeKeyUsage(ext.keyUsage(usages).value)).toEqual(usages)
      }),
    )
  })
  it('extKeyUsage', () => {
    const oids = [OID.serverAuth, OID.anyExtendedKeyUsage, '1.2.3']
    expect(decoders.decodeExtKeyUsage(ext.extKeyUsage(oids).value)).toEqual(oids)
  })
  it('key identifiers', () => {
    expect(decoders.decodeSubjectKeyIdentifier(ext.subjectKeyIdentifier(KEY_ID).value)).toEqual(KEY_ID)
    expect(decoders.decodeAuthorityKeyIdentifier(ext.authorityKeyIdentifier(KEY_ID).value)).toEqual({
      keyIdentifier: KEY_ID,
      issuerAndSerial: false,
    })
    expect(decoders.decodeAuthorityKeyIdentifier(bytes('3007a10282008201 05'))).toEqual({
      issuerAndSerial: true,
    })
  })
  it('URLs', () => {
    const urls = ['http://a.example/1', 'ldap://b.example/2']
    expect(decoders.decodeCrlDistributionPoints(ext.cRLDistributionPoints(urls).value)).toEqual(urls)
    expect(
      decoders.decodeAuthorityInfoAccess(ext.authorityInfoAccess({ ocsp: urls, caIssuers: [URL_A] }).value),
    ).toEqual({
      ocsp: urls,
      caIssuers: [URL_A],
    })
  })
  it('certificatePolicies', () => {
    const policies = [{ oid: '1.2.3', cps: URL_A }, { oid: OID.anyPolicy }]
    expect(decoders.decodeCertificatePolicies(ext.certificatePolicies(policies).value)).toEqual(policies)
  })
  it('nameConstraints', () => {
    const constraints = {
      permitted: {
        dns: ['example.com'],
        ip: ['10.0.0.0/8', '2001:db8::/33', '0.0.0.0/0', '192.0.2.1/32'],
        email: ['a@b.example', '.c.example'],
      },
      excluded: {
        uri: ['.example.com'],
        dns: [''],
        directory: ['OU=R\\+D,O=Example,C=DE', 'DC=example,DC=com'],
      },
    }
    expect(decodeNameConstraints(ext.nameConstraints(constraints).value)).toEqual(constraints)
  })
  it('cRLNumber', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 159n) - 1n }), (number) => {
        expect(decoders.decodeCrlNumber(crlExt.cRLNumber(number).value)).toBe(number)
      }),
    )
  })
})

describe('decoders refuse', () => {
  it.each<readonly [string, () => unknown, string]>([
    ['cA FALSE written out', () => decoders.decodeBasicConstraints(bytes('3003010100')), 'der_ber'],
    ['a negative path length', () => decoders.decodeBasicConstraints(bytes('30060101ff0201ff')), 'der_range'],
    ['a key usage bit without a meaning', () => decoders.decodeKeyUsage(bytes('0303060040')), 'key_usage'],
    ['octets behind', () => decoders.decodeKeyUsage(bytes('0302078000')), 'der_trailing'],
    ['an empty list of purposes', () => decoders.decodeExtKeyUsage(bytes('3000')), 'der_structure'],
    [
      'a serial without its issuer',
      () => decoders.decodeAuthorityKeyIdentifier(bytes('3003820105')),
      'der_structure',
    ],
    [
      'a mask with gaps',
      () => decodeNameConstraints(bytes('300e a00c 300a8708 0a000000ff00ff00')),
      'network',
    ],
    [
      'a constraint on registered ids',
      () => decodeNameConstraints(bytes('3008a006300488022a03')),
      'name_type',
    ],
    [
      'a constraint with a minimum',
      () => decodeNameConstraints(bytes('300aa00830068201 61800101')),
      'name_constraints_bounds',
    ],
    ['no constraint', () => decodeNameConstraints(bytes('3000')), 'name_constraints_empty'],
    ['a negative CRL number', () => decoders.decodeCrlNumber(bytes('0201ff')), 'crl_number'],
  ])('%s', (_, decode, code) => {
    try {
      decode()
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ChanceryError)
      expect((error as ChanceryError).violations.map((violation) => violation.code)).toEqual([code])
    }
  })

  const all: readonly (readonly [string, (value: Uint8Array) => unknown, Uint8Array])[] = [
    [
      'basicConstraints',
      decoders.decodeBasicConstraints,
      ext.basicConstraints({ ca: true, pathLength: 3 }).value,
    ],
    ['keyUsage', decoders.decodeKeyUsage, ext.keyUsage(['decipherOnly']).value],
    ['extKeyUsage', decoders.decodeExtKeyUsage, ext.extKeyUsage([OID.serverAuth]).value],
    ['subjectKeyIdentifier', decoders.decodeSubjectKeyIdentifier, ext.subjectKeyIdentifier(KEY_ID).value],
    [
      'authorityKeyIdentifier',
      decoders.decodeAuthorityKeyIdentifier,
      ext.authorityKeyIdentifier(KEY_ID).value,
    ],
    ['cRLDistributionPoints', decoders.decodeCrlDistributionPoints, ext.cRLDistributionPoints([URL_A]).value],
    [
      'authorityInfoAccess',
      decoders.decodeAuthorityInfoAccess,
      ext.authorityInfoAccess({ ocsp: [URL_A] }).value,
    ],
    [
      'certificatePolicies',
      decoders.decodeCertificatePolicies,
      ext.certificatePolicies([{ oid: '1.2', cps: URL_A }]).value,
    ],
    [
      'nameConstraints',
      decodeNameConstraints,
      ext.nameConstraints({ permitted: { ip: ['10.0.0.0/8'], dns: ['a.b'] } }).value,
    ],
    ['cRLNumber', decoders.decodeCrlNumber, crlExt.cRLNumber(3).value],
    ['subjectAltName', parseGeneralNames, ext.subjectAltName([{ type: 'dns', value: 'a.b' }], NAMED).value],
  ]
  it.each(all)('%s: whatever the octets, a value or a ChanceryError', (_, decode, seed) => {
    const damaged = fc.tuple(fc.nat(seed.length - 1), fc.nat(255)).map(([at, octet]) => seed.with(at, octet))
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 40 })), (value) => {
        try {
          decode(value)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})
