import 'reflect-metadata'
import { X509Certificate, createHash, sign } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { keyAlgorithmInfo, signingOptions } from '../../../src/core/domain/key-algorithms.ts'
import {
  assembleCertificate,
  encodeSerial,
  encodeTbs,
  parseCertificate,
  parseTbs,
} from '../../../src/core/x509/certificate.ts'
import { EMPTY_NAME, encodeSubject, nameText } from '../../../src/core/x509/distinguished-names.ts'
import * as ext from '../../../src/core/x509/extensions.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import { keyIdentifierOf } from '../../../src/core/x509/public-keys.ts'
import type { CertificateDraft } from '../../../src/core/x509/types.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { testKeys } from './keys.ts'
import type { TestKey } from './keys.ts'

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'))
const hex = (octets: Uint8Array | ArrayBuffer): string => Buffer.from(octets as Uint8Array).toString('hex')
const SUBJECT = encodeSubject({
  country: 'DE',
  state: 'Württemberg',
  organization: 'Example, Inc.',
  commonName: 'leaf.example',
})
const ISSUER = encodeSubject({ organization: 'Example', commonName: 'Example CA' })
const NAMES = [
  { type: 'dns', value: 'leaf.example' },
  { type: 'dns', value: '*.leaf.example' },
  { type: 'ip', value: '2001:db8::1' },
  { type: 'ip', value: '192.0.2.1' },
  { type: 'email', value: 'a@leaf.example' },
  { type: 'uri', value: 'spiffe://leaf.example/a' },
] as const

/** A draft with all that a leaf has; self-issued keys, since only the bytes matter here. */
function draftOf(key: TestKey, change: Partial<CertificateDraft> = {}): CertificateDraft {
  return {
    serial: bytes('80112233445566778899aabbccddeeff'),
    signatureAlgorithm: keyAlgorithmInfo(key.algorithm).defaultSignature,
    issuer: ISSUER,
    notBefore: Date.UTC(2026, 0, 1),
    notAfter: Date.UTC(2026, 3, 1, 12, 30, 59),
    subject: SUBJECT,
    spki: key.spki,
    extensions: [
      ext.basicConstraints({ ca: false }),
      ext.keyUsage(['digitalSignature']),
      ext.extKeyUsage([OID.serverAuth, OID.clientAuth]),
      ext.subjectKeyIdentifier(keyIdentifierOf(key.spki)),
      ext.authorityKeyIdentifier(keyIdentifierOf(key.spki)),
      ext.subjectAltName(NAMES, SUBJECT),
      ext.cRLDistributionPoints(['http://pki.example/1.crl']),
      ext.authorityInfoAccess({ ocsp: ['http://ocsp.example/'], caIssuers: ['http://pki.example/1.cer'] }),
      ext.certificatePolicies([
        { oid: '2.23.140.1.2.1' },
        { oid: '1.2.3.4', cps: 'https://pki.example/cps' },
      ]),
    ],
    ...change,
  }
}
function signed(key: TestKey, draft: CertificateDraft): Uint8Array {
  const tbs = encodeTbs(draft)
  const { digest, padding } = signingOptions(draft.signatureAlgorithm)
  const signature = sign(digest, tbs, { key: key.privateKey, ...padding })
  return assembleCertificate(tbs, draft.signatureAlgorithm, signature)
}

const KEYS = Object.entries(testKeys)

describe.each(KEYS)('a certificate for a key of kind %s', (_, key) => {
  const draft = draftOf(key)
  const der = signed(key, draft)

  it('parses back to its draft', () => {
    const parsed = parseCertificate(der)
    expect(parsed.version).toBe(3)
    expect(hex(parsed.serialOctets)).toBe('0080112233445566778899aabbccddeeff')
    expect(parsed.notBefore).toEqual({ time: draft.notBefore, tag: 'utc' })
    expect(parsed.notAfter).toEqual({ time: draft.notAfter, tag: 'utc' })
    expect(hex(parsed.issuer)).toBe(hex(ISSUER))
    expect(hex(parsed.subject)).toBe(hex(SUBJECT))
    expect(hex(parsed.publicKey.spki)).toBe(hex(key.spki))
    expect(parsed.publicKey.algorithm).toBe(key.algorithm)
    expect(parsed.publicKey.bits).toBe(keyAlgorithmInfo(key.algorithm).bits)
    expect(parsed.extensions.map((one) => [one.oid, one.critical, hex(one.value)])).toEqual(
      draft.extensions.map((one) => [one.oid, one.critical, hex(one.value)]),
    )
    expect(hex(parsed.outerAlgorithm.der)).toBe(hex(parsed.signatureAlgorithm.der))
    expect(hex(encodeTbs(draft))).toBe(hex(parsed.tbs))
    expect(parseTbs(parsed.tbs)).toMatchObject({ version: 3, subject: SUBJECT })
  })

  it('is the same to @peculiar/x509', async () => {
    const theirs = new x509.X509Certificate(der)
    expect(theirs.serialNumber).toBe('0080112233445566778899aabbccddeeff'.slice(2))
    expect(theirs.subject).toBe('C=DE, ST=Württemberg, O=Example\\, Inc., CN=leaf.example')
    expect(theirs.notBefore.getTime()).toBe(draft.notBefore)
    expect(theirs.notAfter.getTime()).toBe(draft.notAfter)
    expect(hex(theirs.publicKey.rawData)).toBe(hex(key.spki))
    expect(
      theirs
        .getExtension(x509.SubjectAlternativeNameExtension)
        ?.names.items.map(({ type, value }) => [type, value]),
    ).toEqual([
      ['dns', 'leaf.example'],
      ['dns', '*.leaf.example'],
      ['ip', '2001:db8::1'],
      ['ip', '192.0.2.1'],
      ['email', 'a@leaf.example'],
      ['url', 'spiffe://leaf.example/a'],
    ])
    expect(theirs.getExtension(x509.BasicConstraintsExtension)).toMatchObject({ ca: false, critical: true })
    expect(theirs.getExtension(x509.KeyUsagesExtension)?.usages).toBe(x509.KeyUsageFlags.digitalSignature)
    expect(theirs.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toEqual([
      OID.serverAuth,
      OID.clientAuth,
    ])
    expect(theirs.getExtension(x509.SubjectKeyIdentifierExtension)?.keyId).toBe(
      hex(keyIdentifierOf(key.spki)),
    )
    expect(theirs.getExtension(x509.AuthorityKeyIdentifierExtension)?.keyId).toBe(
      hex(keyIdentifierOf(key.spki)),
    )
    expect(theirs.getExtension(x509.CertificatePolicyExtension)?.policies).toEqual([
      '2.23.140.1.2.1',
      '1.2.3.4',
    ])
    expect(
      await theirs.verify({ publicKey: new x509.PublicKey(key.spki), signatureOnly: true }, crypto),
    ).toBe(true)
  })

  it('is the same to asn1js and pkijs', () => {
    const asn1 = asn1js.fromBER(Uint8Array.from(der).buffer)
    expect(asn1.offset).toBe(der.length)
    const theirs = new pkijs.Certificate({ schema: asn1.result })
    expect(theirs.version).toBe(2)
    expect(hex(theirs.serialNumber.valueBlock.valueHexView)).toBe('0080112233445566778899aabbccddeeff')
    expect(theirs.notAfter.value.getTime()).toBe(draft.notAfter)
    expect(theirs.extensions?.map((one) => [one.extnID, one.critical])).toEqual(
      draft.extensions.map((one) => [one.oid, one.critical]),
    )
    expect(hex(theirs.subjectPublicKeyInfo.toSchema().toBER())).toBe(hex(key.spki))
    // Encoding what they understood gives the same octets: nothing was lost on the way.
    expect(hex(theirs.toSchema(true).toBER())).toBe(hex(der))
  })

  it('is the same to node:crypto', () => {
    const theirs = new X509Certificate(der)
    expect(theirs.serialNumber).toBe('80112233445566778899AABBCCDDEEFF')
    expect(theirs.validToDate.getTime()).toBe(draft.notAfter)
    expect(theirs.subjectAltName).toBe(
      'DNS:leaf.example, DNS:*.leaf.example, IP Address:2001:DB8:0:0:0:0:0:1, IP Address:192.0.2.1, email:a@leaf.example, URI:spiffe://leaf.example/a',
    )
    expect(theirs.verify(key.publicKey)).toBe(true)
    expect(theirs.ca).toBe(false)
    expect(theirs.checkHost('deep.leaf.example')).toBe('*.leaf.example')
  })

  it.skipIf(!hasTool('openssl'))('is the same to openssl', () => {
    const { status, stdout } = runTool(
      'openssl',
      ['x509', '-noout', '-text', '-inform', 'DER', '-nameopt', 'RFC2253,-esc_msb,utf8'],
      der,
    )
    expect(status).toBe(0)
    expect(stdout).toContain('Version: 3 (0x2)')
    expect(stdout).toContain('80:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff')
    expect(stdout).toContain('Not After : Apr  1 12:30:59 2026 GMT')
    expect(stdout).toMatch(/Basic Constraints: critical\s+CA:FALSE/)
    expect(stdout).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(stdout).toMatch(
      /Extended Key Usage: \s+TLS Web Server Authentication, TLS Web Client Authentication/,
    )
    expect(stdout).toContain('URI:http://pki.example/1.crl')
    expect(stdout).toContain('OCSP - URI:http://ocsp.example/')
    expect(stdout).toContain('CA Issuers - URI:http://pki.example/1.cer')
    expect(stdout).toContain('CPS: https://pki.example/cps')
    expect(stdout).toContain(`Subject: ${nameText(SUBJECT)}`)
  })
})

describe('RFC 5280 §4.1.2.2: the serial number', () => {
  it.each([
    ['00000000000000000000000000000001', '020101'],
    ['7fffffffffffffffffffffffffffffff', '02107fffffffffffffffffffffffffffffff'],
    ['80000000000000000000000000000000', '02110080000000000000000000000000000000'],
    ['00800000000000000000000000000000', '021000800000000000000000000000000000'],
    ['ffffffffffffffffffffffffffffffff', '021100ffffffffffffffffffffffffffffffff'],
  ])('%s', (serial, expected) => expect(hex(encodeSerial(bytes(serial)))).toBe(expected))

  it.each([['00'.repeat(16)], [''], ['01'], ['01'.repeat(17)]])('%s is refused', (serial) => {
    expect(() => encodeSerial(bytes(serial))).toThrow(ChanceryError)
    expect(() => encodeTbs(draftOf(testKeys.p256, { serial: bytes(serial) }))).toThrow(/^serial: /)
  })

  it('is positive and of equal value whatever was drawn', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (serial) => {
        fc.pre(serial.some((octet) => octet > 0))
        const { serialOctets } = parseTbs(encodeTbs(draftOf(testKeys.p256, { serial })))
        expect(serialOctets[0] as number).toBeLessThan(0x80)
        expect(BigInt(`0x${hex(serialOctets)}`)).toBe(BigInt(`0x${hex(serial)}`))
      }),
    )
  })
})

describe('RFC 5280 §4.1.2.5: validity', () => {
  it.each([
    ['2049-12-31T23:59:59Z', 'utc'],
    ['2050-01-01T00:00:00Z', 'generalized'],
    ['9999-12-31T23:59:59Z', 'generalized'],
    ['1950-01-01T00:00:00Z', 'utc'],
  ])('%s is written as %s', (iso, tag) => {
    const der = signed(testKeys.p256, draftOf(testKeys.p256, { notAfter: Date.parse(iso) }))
    expect(parseCertificate(der).notAfter).toEqual({ time: Date.parse(iso), tag })
    expect(new X509Certificate(der).validToDate.getTime()).toBe(Date.parse(iso))
  })

  it.each([Number.NaN, Infinity, Date.UTC(1949, 11, 31), Date.UTC(10_000, 0, 1)])(
    '%d is refused',
    (notAfter) => {
      expect(() => encodeTbs(draftOf(testKeys.p256, { notAfter }))).toThrow(/^validity\.notAfter: /)
    },
  )
})

describe('the shape of a TBSCertificate', () => {
  const fixed: CertificateDraft = {
    serial: bytes('0102030405060708090a0b0c0d0e0f10'),
    signatureAlgorithm: 'ED25519',
    issuer: encodeSubject({ commonName: 'CA' }),
    notBefore: Date.UTC(2026, 0, 1),
    notAfter: Date.UTC(2050, 0, 1),
    subject: EMPTY_NAME,
    spki: bytes(`302a300506032b6570032100${'11'.repeat(32)}`),
    extensions: [ext.subjectAltName([{ type: 'dns', value: 'a.example' }], EMPTY_NAME)],
  }

  it('golden dump: version, serial, algorithm, issuer, validity, subject, key, a critical subjectAltName', () => {
    expect(hex(encodeTbs(fixed))).toBe(
      hex(
        bytes(`
        30819a
          a003 020102
          0210 0102030405060708090a0b0c0d0e0f10
          3005 06032b6570
          300d 310b 3009 0603550403 0c024341
          3020 170d 3236303130313030303030305a 180f 32303530303130313030303030305a
          3000
          302a 3005 06032b6570 032100 ${'11'.repeat(32)}
          a31b 3019 3017 0603551d11 0101ff 040d 300b 8209 612e6578616d706c65`),
      ),
    )
  })

  it('has no extensions field where there are none (§4.1.2.9)', () => {
    const tbs = parseTbs(encodeTbs({ ...fixed, extensions: [] }))
    expect(tbs.extensions).toEqual([])
    expect(hex(tbs.tbs).endsWith(hex(fixed.spki))).toBe(true)
  })

  it('doesn’t depend on what was encoded before', () => {
    const before = hex(encodeTbs(fixed))
    const large = { oid: '1.2.3', critical: false, value: new Uint8Array(20_000) }
    expect(parseTbs(encodeTbs({ ...fixed, extensions: [large, large] })).extensions.length).toBe(2)
    expect(hex(encodeTbs(fixed))).toBe(before)
  })

  it('has memory of its own', () => {
    const tbs = encodeTbs(fixed)
    expect(tbs.buffer.byteLength).toBe(tbs.length)
    const copy = hex(tbs)
    encodeTbs({ ...fixed, serial: bytes('ff'.repeat(16)) })
    expect(hex(tbs)).toBe(copy)
  })

  const tbs = encodeTbs(fixed)
  const changed = (from: string, to: string): string | readonly string[] => {
    const before = hex(tbs)
    expect(before).toContain(from)
    return codesOf(bytes(before.replace(from, to)))
  }
  it.each([
    ['a written default version', 'a003020102', 'a003020100', ['certificate_version']],
    ['version 4', 'a003020102', 'a003020103', ['certificate_version']],
    ['version 2 with extensions', 'a003020102', 'a003020101', ['certificate_version']],
    ['critical written as 01', '0101ff', '010101', ['der_ber']],
    ['critical written as FALSE', '0101ff', '010100', ['der_ber']],
    ['a month of 13', '323630313031', '323631333031', ['der_time']],
    ['issuer’s name with a wrong character', '0c024341', '0c02c341', ['der_string']],
    ['a number for a name', '0c024341', '02024341', ['der_string']],
    ['a unique identifier', 'a31b', '811b', ['certificate_unique_id']],
    ['an unknown field', 'a31b', 'a41b', ['der_trailing']],
  ])('%s is refused', (_, from, to, codes) => expect(changed(from, to)).toEqual(codes))
})

function codesOf(der: Uint8Array): 'taken' | readonly string[] {
  try {
    parseTbs(der)
    return 'taken'
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    expect(error.code).toBe('request_invalid')
    return error.violations.map(({ code }) => code)
  }
}

describe('certificates of others', () => {
  it('of version 1 parse, without extensions', () => {
    const draft = { ...draftOf(testKeys.p256), extensions: [] }
    const v3 = hex(encodeTbs(draft))
    const body = v3.slice(v3.indexOf('a003020102') + 10)
    const length = (body.length / 2).toString(16).padStart(4, '0')
    const tbs = bytes(length.startsWith('00') ? `3081${length.slice(2)}${body}` : `3082${length}${body}`)
    expect(parseTbs(tbs)).toMatchObject({ version: 1, extensions: [] })
  })

  it('made by @peculiar/x509 parse to the same fields', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
      'sign',
      'verify',
    ])
    const theirs = await x509.X509CertificateGenerator.createSelfSigned(
      {
        name: 'CN=Their CA, O=Test',
        keys,
        serialNumber: '0a0b0c',
        notBefore: new Date(Date.UTC(2026, 0, 1)),
        notAfter: new Date(Date.UTC(2051, 0, 1)),
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
        extensions: [new x509.BasicConstraintsExtension(true, 3, true)],
      },
      crypto,
    )
    const ours = parseCertificate(new Uint8Array(theirs.rawData))
    expect(nameText(ours.subject)).toBe('O=Test,CN=Their CA')
    expect(hex(ours.serialOctets)).toBe('0a0b0c')
    expect(ours.notAfter).toEqual({ time: Date.UTC(2051, 0, 1), tag: 'generalized' })
    expect(ours.publicKey.algorithm).toBe('EC_secp384r1')
    expect(hex(ours.signature)).toBe(hex(theirs.signature))
  })
})

describe('damaged certificates', () => {
  const seeds = KEYS.map(([, key]) => signed(key, draftOf(key)))
  it('give a value or a ChanceryError, never anything else', () => {
    const damaged = fc.constantFrom(...seeds).chain((seed) =>
      fc
        .array(fc.tuple(fc.nat(seed.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 })
        .map((changes) => {
          const copy = seed.slice()
          for (const [at, octet] of changes) copy[at] = octet
          return copy
        }),
    )
    const cut = fc
      .constantFrom(...seeds)
      .chain((seed) => fc.nat(seed.length).map((length) => seed.subarray(0, length)))
    fc.assert(
      fc.property(fc.oneof(damaged, cut, fc.uint8Array({ maxLength: 200 })), (input) => {
        try {
          expect(parseCertificate(input).der).toBe(input)
        } catch (error) {
          if (!(error instanceof ChanceryError)) throw error
          expect(error.violations.length).toBe(1)
        }
      }),
      { numRuns: 1500 },
    )
  })

  it('larger than 64 KiB are refused unread', () => {
    expect(codesOf(new Uint8Array(65_537))).toEqual(['certificate_size'])
  })
})

describe('RFC 7093 §2 method 1: the key identifier', () => {
  it('is the leftmost 160 bits of the SHA-256 of the key’s bits', () => {
    const point = testKeys.p256.spki.subarray(-65)
    expect(hex(keyIdentifierOf(testKeys.p256.spki))).toBe(
      createHash('sha256').update(point).digest('hex').slice(0, 40),
    )
  })

  it('of what is no key is refused', () => {
    expect(() => keyIdentifierOf(bytes('3000'))).toThrow(ChanceryError)
  })
})

describe.skipIf(!hasTool('openssl'))('an authority made here', () => {
  it('is read by others with its name constraint, and has signed its leaf', () => {
    const ca = testKeys.p384
    const name = encodeSubject({ commonName: 'Strict CA' })
    const extensions = [
      ext.basicConstraints({ ca: true, pathLength: 0 }),
      ext.keyUsage(['keyCertSign', 'cRLSign']),
      ext.subjectKeyIdentifier(keyIdentifierOf(ca.spki)),
    ]
    const times = { notBefore: Date.UTC(2020, 0, 1), notAfter: Date.UTC(2060, 0, 1) }
    const root = signed(ca, draftOf(ca, { ...times, issuer: name, subject: name, extensions }))
    const leafDraft = draftOf(testKeys.p256, {
      ...times,
      issuer: name,
      signatureAlgorithm: 'SHA384WITHECDSA',
    })
    const leafExtensions = leafDraft.extensions.map((one) =>
      one.oid === OID.authorityKeyIdentifier ? ext.authorityKeyIdentifier(keyIdentifierOf(ca.spki)) : one,
    )
    const leaf = signed(ca, { ...leafDraft, extensions: leafExtensions })
    const pem = Buffer.from(pemEncode('CERTIFICATE', root))
    const theirs = new X509Certificate(leaf)
    expect(theirs.checkIssued(new X509Certificate(pem))).toBe(true)
    expect(theirs.verify(ca.publicKey)).toBe(true)
    const { status, stdout, stderr } = runTool('openssl', ['x509', '-noout', '-text'], pem)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/CA:TRUE, pathlen:0/)
    expect(stdout).toMatch(/Certificate Sign, CRL Sign/)
  })
})
