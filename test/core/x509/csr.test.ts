import 'reflect-metadata'
import { createPublicKey, sign, verify } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import * as x509 from '@peculiar/x509'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { signingOptions } from '../../../src/core/domain/key-algorithms.ts'
import { algorithmIdentifier } from '../../../src/core/x509/algorithm-identifiers.ts'
import { assembleSigned } from '../../../src/core/x509/certificate.ts'
import { MAX_CSR_SIZE, parseCsr } from '../../../src/core/x509/csr.ts'
import {
  concat,
  element,
  explicit,
  integer,
  oid,
  octetString,
  sequence,
  setOf,
} from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, nameText } from '../../../src/core/x509/distinguished-names.ts'
import { encodeGeneralNames } from '../../../src/core/x509/general-names-der.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { pemDecode, pemEncode } from '../../../src/core/x509/pem.ts'
import { hasTool, runTool } from '../../support/tools.ts'
import { testKeys } from './keys.ts'

const folder = new URL('../../fixtures/csr/', import.meta.url)
const fixture = (name: string): string => readFileSync(new URL(`${name}.pem`, folder), 'utf8')
const derOf = (name: string): Uint8Array =>
  (pemDecode(fixture(name), ['CERTIFICATE REQUEST'])[0] as { der: Uint8Array }).der
const LABEL = 'CERTIFICATE REQUEST'

/** Codes of the violations, or what the request is when it is taken. */
function codesOf(input: string | Uint8Array): string | readonly string[] {
  try {
    parseCsr(input, 'csr')
    return 'taken'
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    expect(error.code).toBe('csr_invalid')
    for (const { field } of error.violations) expect(field).toMatch(/^csr(\.subjectAltName(\[\d+\])?)?$/)
    return error.violations.map(({ code }) => code)
  }
}

describe('requests made by openssl', () => {
  it('with names of every kind', () => {
    const csr = parseCsr(fixture('p256-all-names'), 'csr')
    expect(csr.names).toEqual([
      { type: 'dns', value: 'www.example.com' },
      { type: 'dns', value: '*.example.com' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'ip', value: '2001:db8::1' },
      { type: 'email', value: 'Admin@example.com' },
      { type: 'uri', value: 'spiffe://example.org/web' },
      { type: 'rid', value: '1.2.3.4' },
      { type: 'other', oid: OID.userPrincipalName, value: '0c1075736572406578616d706c652e636f6d' },
      { type: 'directory', value: '301431123010060355040 30c094469726563746f7279'.replace(' ', '') },
    ])
    expect(csr.extensions.map((one) => [one.oid, one.critical])).toEqual([
      [OID.keyUsage, true],
      [OID.subjectAltName, false],
    ])
    expect(nameText(csr.subject)).toBe('CN=www.example.com,O=Example\\, Inc.,ST=Baden-Württemberg,C=DE')
    expect(csr.commonNames).toEqual(['www.example.com'])
  })

  it.each([
    ['rsa-2048', 'RSA_2048', 'SHA256WITHRSA', ['www.example.com']],
    ['rsa-pss', 'RSA_2048', 'SHA384WITHRSA_PSS', ['pss.example.com']],
    ['p256-all-names', 'EC_prime256v1', 'SHA256WITHECDSA', undefined],
    ['p384-empty-subject', 'EC_secp384r1', 'SHA384WITHECDSA', ['only.example.com']],
    ['p521-no-names', 'EC_secp521r1', 'SHA512WITHECDSA', []],
    ['ed25519', 'ED25519', 'ED25519', ['ed.example.com']],
    ['new-label', 'EC_prime256v1', 'SHA256WITHECDSA', []],
    ['challenge', 'EC_prime256v1', 'SHA256WITHECDSA', []],
  ] as const)('%s: key, algorithm, and a signature over the right octets', (name, key, algorithm, names) => {
    const csr = parseCsr(fixture(name), 'csr')
    expect(csr.publicKey.algorithm).toBe(key)
    expect(csr.signatureAlgorithm).toBe(algorithm)
    if (names !== undefined) expect(csr.names.map((one) => 'value' in one && one.value)).toEqual(names)
    const publicKey = createPublicKey({ key: Buffer.from(csr.publicKey.spki), format: 'der', type: 'spki' })
    const { digest, padding } = signingOptions(csr.signatureAlgorithm)
    expect(verify(digest, csr.signedBytes, { key: publicKey, ...padding }, csr.signature)).toBe(true)
    expect(parseCsr(csr.der, 'csr')).toEqual(csr)
  })

  it.each([
    ['refused-sha1', ['signature_weak']],
    ['refused-md5', ['signature_weak']],
    ['refused-pss', ['signature_parameters']],
    ['refused-explicit-curve', ['key_ec_parameters']],
    ['refused-underscore', ['dns_underscore']],
    ['refused-wide-wildcard', ['dns_wildcard_wide']],
  ])('%s', (name, codes) => expect(codesOf(fixture(name))).toEqual(codes))

  it('with a curve that the product doesn’t have parses, its algorithm undefined', () => {
    const { publicKey } = parseCsr(fixture('unknown-curve'), 'csr')
    expect(publicKey).toMatchObject({ algorithm: undefined, curveOid: '1.3.132.0.10' })
  })

  it('names the place of the bad name', () => {
    expect(() => parseCsr(fixture('refused-wide-wildcard'), 'request.csr')).toThrow(
      /request\.csr\.subjectAltName\[1\]: "\*\.com"/,
    )
  })

  it('every fixture has a test', () => {
    expect(readdirSync(folder).filter((file) => file.endsWith('.pem')).length).toBe(15)
  })
})

describe('PEM', () => {
  const pem = fixture('ed25519')
  it.each([
    ['CRLF', pem.replaceAll('\n', '\r\n')],
    ['white space around', `\n\t ${pem}\n\n`],
    ['no newline at the end', pem.trimEnd()],
    ['all in one line', pem.replace(/(?<=[A-Za-z0-9+/=])\n(?=[A-Za-z0-9+/=])/g, '')],
    ['octets', Buffer.from(pem)],
  ])('%s is taken', (_, input) => expect(codesOf(input)).toBe('taken'))

  it.each([
    ['two requests', pem + pem, 'csr_several'],
    ['a certificate', pem.replaceAll('CERTIFICATE REQUEST', 'CERTIFICATE'), 'pem_label'],
    [
      'labels that differ',
      pem.replace('BEGIN CERTIFICATE REQUEST', 'BEGIN NEW CERTIFICATE REQUEST'),
      'pem_label',
    ],
    ['text in front', `Subject: x\n${pem}`, 'pem_text'],
    ['text behind', `${pem}x`, 'pem_text'],
    ['no END', pem.slice(0, -10), 'pem_block'],
    ['a bad character', pem.replace('\nM', '\n*'), 'pem_block'],
    ['base64 cut off', pem.replace(/.\n-----END/, '\n-----END'), 'pem_base64'],
    [
      'an empty block',
      '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n',
      'pem_base64',
    ],
    ['white space only', ' \n', 'pem_empty'],
    ['nothing', '', 'csr_empty'],
    ['bare base64', Buffer.from(derOf('ed25519')).toString('base64'), 'pem_text'],
    ['too much', 'x'.repeat(MAX_CSR_SIZE * 2 + 1), 'csr_size'],
  ])('%s is refused', (_, input, code) => expect(codesOf(input)).toEqual([code]))

  it('refuses more than 16 KiB of DER', () => {
    const der = new Uint8Array(MAX_CSR_SIZE + 1)
    der[0] = 0x30
    expect(codesOf(der)).toEqual(['csr_size'])
  })
})

describe('requests made here', () => {
  const { spki, privateKey } = testKeys.p256
  const extensionRequest = (...values: Uint8Array[]) => sequence(oid(OID.extensionRequest), setOf(values))
  const san = (...names: string[]) =>
    sequence(
      oid(OID.subjectAltName),
      octetString(encodeGeneralNames(names.map((value) => ({ type: 'dns' as const, value })))),
    )
  const request = ({
    version = integer(0),
    key = spki,
    attributes = explicit(0),
    tail = new Uint8Array(),
    algorithm = algorithmIdentifier('SHA256WITHECDSA'),
  } = {}): Uint8Array => {
    const info = sequence(version, EMPTY_NAME, key, attributes, tail)
    const signature = sign('sha256', info, privateKey)
    return sequence(info, algorithm, element(0x03, Uint8Array.of(0), signature))
  }

  it.each([
    ['as they should be', request(), 'taken'],
    ['without attributes at all', request({ attributes: new Uint8Array() }), 'taken'],
    ['version 1', request({ version: integer(1) }), ['csr_version']],
    ['version negative', request({ version: Uint8Array.of(2, 1, 0xff) }), ['der_range']],
    ['octets behind the attributes', request({ tail: Uint8Array.of(5, 0) }), ['der_trailing']],
    ['octets behind it all', concat(request(), Uint8Array.of(0)), ['der_trailing']],
    [
      'two extensionRequests',
      request({
        attributes: explicit(
          0,
          extensionRequest(sequence(san('a.example'))),
          extensionRequest(sequence(san('b.example'))),
        ),
      }),
      ['csr_attribute_twice'],
    ],
    [
      'two values',
      request({
        attributes: explicit(0, extensionRequest(sequence(san('a.example')), sequence(san('b.example')))),
      }),
      ['csr_attribute_values'],
    ],
    ['no value', request({ attributes: explicit(0, extensionRequest()) }), ['csr_attribute_empty']],
    [
      'no extension',
      request({ attributes: explicit(0, extensionRequest(sequence())) }),
      ['extensions_empty'],
    ],
    [
      'two subjectAltNames',
      request({ attributes: explicit(0, extensionRequest(sequence(san('a.example'), san('b.example')))) }),
      ['csr_extension_twice'],
    ],
    [
      'an RSA algorithm on an EC key',
      request({ algorithm: algorithmIdentifier('SHA256WITHRSA') }),
      ['signature_key'],
    ],
    [
      'an Ed25519 algorithm on an EC key',
      request({ algorithm: algorithmIdentifier('ED25519') }),
      ['signature_key'],
    ],
    [
      'ECDSA with NULL parameters',
      request({ algorithm: sequence(oid('1.2.840.10045.4.3.2'), Uint8Array.of(5, 0)) }),
      ['signature_parameters'],
    ],
    ['an unknown algorithm', request({ algorithm: sequence(oid('1.2.3')) }), ['signature_algorithm']],
    [
      'a compressed point',
      request({
        key: sequence(
          sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
          element(3, Uint8Array.of(0, 2), new Uint8Array(32)),
        ),
      }),
      ['key_ec_point'],
    ],
    [
      'a point of the wrong length',
      request({
        key: sequence(
          sequence(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')),
          element(3, Uint8Array.of(0, 4), new Uint8Array(63)),
        ),
      }),
      ['key_ec_point'],
    ],
    [
      'an RSA key without NULL',
      request({
        key: sequence(sequence(oid('1.2.840.113549.1.1.1')), element(3, Uint8Array.of(0, 0x30, 0))),
      }),
      ['der_truncated'],
    ],
    [
      'a negative modulus',
      request({
        key: sequence(
          sequence(oid('1.2.840.113549.1.1.1'), Uint8Array.of(5, 0)),
          element(3, Uint8Array.of(0), sequence(Uint8Array.of(2, 1, 0x80), integer(3))),
        ),
      }),
      ['key_rsa'],
    ],
    [
      'Ed25519 with parameters',
      request({
        key: sequence(
          sequence(oid('1.3.101.112'), Uint8Array.of(5, 0)),
          element(3, Uint8Array.of(0), new Uint8Array(32)),
        ),
      }),
      ['key_parameters'],
    ],
    [
      'a short Ed25519 key',
      request({
        key: sequence(sequence(oid('1.3.101.112')), element(3, Uint8Array.of(0), new Uint8Array(31))),
      }),
      ['key_ed25519'],
    ],
    ['BER', concat(Uint8Array.of(0x30, 0x80), request().subarray(3), Uint8Array.of(0, 0)), ['der_ber']],
  ])('%s', (_, der, expected) => {
    expect(codesOf(der)).toEqual(expected)
    expect(codesOf(pemEncode(LABEL, der))).toEqual(expected)
  })
})

describe('requests made by @peculiar/x509', () => {
  it('parse to what was asked for', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])
    const made = await x509.Pkcs10CertificateRequestGenerator.create(
      {
        name: 'CN=peculiar.example, O=Test',
        keys,
        signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'peculiar.example' },
            { type: 'ip', value: '192.0.2.7' },
          ]),
        ],
        attributes: [new x509.ChallengePasswordAttribute('secret')],
      },
      crypto,
    )
    const csr = parseCsr(made.toString('pem'), 'csr')
    expect(csr.names).toEqual([
      { type: 'dns', value: 'peculiar.example' },
      { type: 'ip', value: '192.0.2.7' },
    ])
    expect(nameText(csr.subject)).toBe('O=Test,CN=peculiar.example')
    expect(Buffer.from(csr.publicKey.spki).equals(Buffer.from(made.publicKey.rawData))).toBe(true)
  })
})

describe('damaged requests', () => {
  const seeds = ['rsa-2048', 'p256-all-names', 'ed25519', 'challenge'].map(derOf)
  it('give a value or a csr_invalid, never anything else', () => {
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
      fc.property(fc.oneof(damaged, cut, fc.uint8Array({ maxLength: 200 })), (input) => void codesOf(input)),
      { numRuns: 2000 },
    )
  })

  it('as text give a value or a csr_invalid', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void codesOf(text)))
    fc.assert(
      fc.property(
        fc.nat(fixture('ed25519').length - 1),
        fc.string({ minLength: 1, maxLength: 1 }),
        (at, character) => {
          const pem = fixture('ed25519')
          codesOf(pem.slice(0, at) + character + pem.slice(at + 1))
        },
      ),
    )
  })
})

describe.skipIf(!hasTool('openssl'))('openssl agrees', () => {
  it('that a request assembled here verifies', () => {
    const { spki, privateKey } = testKeys.p256
    const info = sequence(integer(0), EMPTY_NAME, spki, explicit(0))
    const der = assembleSigned(info, 'SHA256WITHECDSA', sign('sha256', info, privateKey))
    const { status, stderr } = runTool('openssl', ['req', '-verify', '-noout', '-inform', 'DER'], der)
    expect([status, stderr]).toEqual([0, expect.stringMatching(/verify OK/i)])
  })
})
