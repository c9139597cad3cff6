import { createHash } from 'node:crypto'
import * as asn1js from 'asn1js'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import {
  bitString,
  concat,
  element,
  explicit,
  implicit,
  integer,
  NULL,
  octetString,
  oid,
  sequence,
  TRUE,
} from '../../../src/core/x509/der/writer.ts'
import { TAG } from '../../../src/core/x509/der/tags.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { encodeCertId, issuerHashes } from '../../../src/core/x509/ocsp-cert-id.ts'
import {
  encodeOcspRequest,
  MAX_CERT_IDS,
  MAX_OCSP_REQUEST,
  parseOcspRequest,
} from '../../../src/core/x509/ocsp-request.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { damagedFrom } from './damaged.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const NAME = encodeSubject({ commonName: 'CA' })
const SPKI = bytes(`
  3059301306072a8648ce3d020106082a8648ce3d03010703420004a6dee1bf400009d8946a8b674711bf7c1f029a8cf4
  3ac093dcb737c1a2ecdf105563c728dbc094e68822144888b3f488ff7ca0ba7d0675809a765bfc2428f33c`)
const SERIAL = bytes('80000000000000000000000000000f')
const certId = (serial = SERIAL, hash: 'sha1' | 'sha256' = 'sha1'): Uint8Array =>
  encodeCertId(hash, issuerHashes(hash, NAME, SPKI), serial)

/** `openssl ocsp -issuer … -serial 0x80000000000000000000000000000f -no_nonce -reqout`, version 3.0.22 */
const OPENSSL_SHA1 = bytes(`
  3051304f304d304b3049300906052b0e03021a05000414711d397671c9facf2242095925979a0698e46b1104149fc8bf
  57cd6d4560108b7dfb3845b29eb59dd0fe02100080000000000000000000000000000f`)
/** `openssl ocsp -sha256 -issuer … -serial 0x0f -reqout` */
const OPENSSL_SHA256_NONCE = bytes(`
  308184308181305a30583056300d060960864801650304020105000420e7e4ca171ea8cfc4a8f6ff695cea364ee980e1
  ab1fbad629cda737b386d7b5da0420e0255c993290647631b10cf6f5b12abdf5a349d373e4083552149c84ecfe1e4402
  010fa2233021301f06092b06010505073001020412041061e030684a125541a4a23eef5a54fea5`)

/** The code of the one violation; `taken` where there is none. */
function codeOf(der: Uint8Array): string {
  try {
    parseOcspRequest(der)
    return 'taken'
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    expect(error.code).toBe('request_invalid')
    return error.violations.map(({ code }) => code).join(' ')
  }
}

describe('golden requests of openssl', () => {
  it('RFC 6960 §4.1.1: SHA-1, without a nonce', () => {
    expect(hex(encodeOcspRequest([certId()]))).toBe(hex(OPENSSL_SHA1))
    const { certIds, nonce } = parseOcspRequest(OPENSSL_SHA1)
    expect(nonce).toBeUndefined()
    expect(certIds.map(({ der, hash }) => [hex(der), hash])).toEqual([[hex(certId()), 'sha1']])
    // RFC 5280 §4.1.2.2: positive, so it has a leading 00.
    expect(certIds.map(({ serial }) => hex(serial))).toEqual([`00${hex(SERIAL)}`])
  })

  it('RFC 9919 §3.1.1: SHA-256; RFC 9654 §2.1: with a nonce', () => {
    const { certIds, nonce } = parseOcspRequest(OPENSSL_SHA256_NONCE)
    expect(hex(nonce ?? new Uint8Array())).toBe(hex(OPENSSL_SHA256_NONCE.slice(-16)))
    expect(certIds).toMatchObject([{ hash: 'sha256', serial: bytes('0f') }])
    expect(certIds.map(({ issuer }) => hex(issuer))).toEqual([hex(issuerHashes('sha256', NAME, SPKI))])
    expect(hex(encodeOcspRequest([certId(bytes('0f'), 'sha256')], nonce))).toBe(hex(OPENSSL_SHA256_NONCE))
  })

  it('RFC 9919 §6: its example asks by MD5, which nobody here knows', () => {
    const example = Buffer.from(
      'MEowSDBGMEQwQjAKBggqhkiG9w0CBQQQ7sp6GTKpL2dAdeGaW267owQQqInESWQD0mGeBArSgv/BWQIQLJx/g9xF8oySYzol80Mbpg==',
      'base64',
    )
    expect(parseOcspRequest(example).certIds.map(({ hash }) => hash)).toEqual([undefined])
  })
})

const tbs = (...parts: readonly Uint8Array[]): Uint8Array => sequence(sequence(...parts))
const list = (...more: readonly Uint8Array[]): Uint8Array => sequence(sequence(certId(), ...more))
const extensions = (...each: readonly Uint8Array[]): Uint8Array => explicit(2, sequence(...each))
const nonceOf = (octets: number): Uint8Array =>
  extensions(sequence(oid(OID.ocspNonce), octetString(octetString(new Uint8Array(octets)))))
const signature = explicit(
  0,
  sequence(sequence(oid('1.2.3')), bitString(new Uint8Array(64)), explicit(0, sequence(sequence(NULL)))),
)
const serialAs = (integerDer: Uint8Array): Uint8Array =>
  tbs(sequence(sequence(sequence(sequence(oid(OID.sha1)), issuerHashes('sha1', NAME, SPKI), integerDer))))
const nested = (depth: number): Uint8Array => (depth === 0 ? NULL : sequence(nested(depth - 1)))

describe('what is a request and what isn’t', () => {
  it.each([
    ['as it should be', tbs(list()), 'taken'],
    ['RFC 6960 §4.1.1: version 1 written out', tbs(explicit(0, integer(0)), list()), 'taken'],
    ['of version 2', tbs(explicit(0, integer(1)), list()), 'ocsp_version'],
    [
      'RFC 9919 §3.1.2: with a name but no signature',
      tbs(explicit(1, implicit(2, bytes('61'))), list()),
      'taken',
    ],
    ['RFC 9919 §3.1.2: signed', sequence(sequence(list()), signature), 'taken'],
    ['without parameters of the hash', serialAs(integer(1)), 'taken'],
    ['asks for nothing', tbs(sequence()), 'ocsp_empty'],
    ['RFC 9654 §2.1: a nonce of 1 octet', tbs(list(), nonceOf(1)), 'taken'],
    ['RFC 9654 §2.1: a nonce of 128 octets', tbs(list(), nonceOf(128)), 'taken'],
    ['RFC 9654 §2.1: a nonce of 0 octets', tbs(list(), nonceOf(0)), 'ocsp_nonce'],
    ['RFC 9654 §2.1: a nonce of 129 octets', tbs(list(), nonceOf(129)), 'ocsp_nonce'],
    ['RFC 9654 §2.1: a nonce of 10,000 octets', tbs(list(), nonceOf(10_000)), 'ocsp_nonce'],
    [
      'a nonce that isn’t an OCTET STRING',
      tbs(list(), extensions(sequence(oid(OID.ocspNonce), octetString(bytes('0102'))))),
      'der_structure',
    ],
    [
      'two nonces',
      tbs(
        list(),
        extensions(...[1, 2].map(() => sequence(oid(OID.ocspNonce), octetString(octetString(bytes('01')))))),
      ),
      'ocsp_nonce',
    ],
    [
      'RFC 6960 §4.4: an unknown extension',
      tbs(list(), extensions(sequence(oid('1.2.3'), octetString(NULL)))),
      'taken',
    ],
    [
      'RFC 6960 §4.4: an unknown critical extension',
      tbs(list(), extensions(sequence(oid('1.2.3'), TRUE, octetString(NULL)))),
      'ocsp_critical',
    ],
    [
      'an unknown extension of a single request',
      tbs(list(explicit(0, sequence(sequence(oid('1.2.3'), octetString(NULL)))))),
      'taken',
    ],
    [
      'an unknown critical extension of a single request',
      tbs(list(explicit(0, sequence(sequence(oid('1.2.3'), TRUE, octetString(NULL)))))),
      'ocsp_critical',
    ],
    ['an empty list of extensions', tbs(list(), extensions()), 'extensions_empty'],
    ['a serial with a leading zero too many', serialAs(element(TAG.integer, bytes('000f'))), 'der_ber'],
    ['a serial of no octets', serialAs(element(TAG.integer)), 'der_integer'],
    ['a negative serial', serialAs(element(TAG.integer, bytes('80'))), 'taken'],
    [
      'RFC 5280 §4.1.2.2: a serial of 20 octets',
      serialAs(element(TAG.integer, bytes('7f'.repeat(20)))),
      'taken',
    ],
    [
      'RFC 5280 §4.1.2.2: a serial of 21 octets',
      serialAs(element(TAG.integer, bytes('7f'.repeat(21)))),
      'ocsp_serial',
    ],
    ['octets behind it', concat(OPENSSL_SHA1, bytes('00')), 'der_trailing'],
    ['octets too few', OPENSSL_SHA1.slice(0, -1), 'der_truncated'],
    ['nothing', new Uint8Array(), 'der_truncated'],
    ['BER', bytes('3080 0000'), 'der_ber'],
    ['text', Uint8Array.from(Buffer.from('{"serial":1}')), 'der_structure'],
    ['nested a hundred deep', nested(100), 'der_structure'],
    ['a name nested a hundred deep', tbs(explicit(1, nested(100)), list()), 'der_depth'],
    ['too large', tbs(explicit(1, octetString(new Uint8Array(MAX_OCSP_REQUEST))), list()), 'ocsp_size'],
  ])('%s', (_, der, code) => {
    expect(codeOf(der)).toBe(code)
  })

  it('asks for no more than so many', () => {
    const many = (count: number) => encodeOcspRequest(Array.from({ length: count }, () => certId()))
    expect(parseOcspRequest(many(MAX_CERT_IDS)).certIds).toHaveLength(MAX_CERT_IDS)
    expect(codeOf(many(MAX_CERT_IDS + 1))).toBe('ocsp_count')
  })

  it('any octets and any change give a value or a ChanceryError', () => {
    const seeds = [
      OPENSSL_SHA1,
      OPENSSL_SHA256_NONCE,
      sequence(sequence(explicit(1, implicit(2, bytes('61'))), list(), nonceOf(32)), signature),
    ]
    fc.assert(
      fc.property(fc.oneof(...seeds.map(damagedFrom), fc.uint8Array({ maxLength: 100 })), (input) => {
        codeOf(input)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('against pkijs', () => {
  const serials = fc
    .array(fc.uint8Array({ minLength: 1, maxLength: 19 }), { minLength: 1, maxLength: 5 })
    .map((each) => each.map((octets) => octets.with(0, (octets[0] ?? 0) | 1)))
  const nonces = fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 }), { nil: undefined })

  it('what we write, it and we read', () => {
    fc.assert(
      fc.property(serials, nonces, fc.constantFrom('sha1', 'sha256'), (drawn, nonce, hash) => {
        const der = encodeOcspRequest(
          drawn.map((serial) => certId(serial, hash)),
          nonce,
        )
        const ours = parseOcspRequest(der)
        const theirs = pkijs.OCSPRequest.fromBER(der)
        expect(theirs.tbsRequest.requestList).toHaveLength(drawn.length)
        for (const [place, { reqCert }] of theirs.tbsRequest.requestList.entries()) {
          const one = ours.certIds[place]
          expect(reqCert.hashAlgorithm.algorithmId).toBe(OID[hash])
          expect(hex(reqCert.issuerNameHash.valueBlock.valueHexView)).toBe(
            createHash(hash).update(NAME).digest('hex'),
          )
          expect(BigInt(`0x${hex(reqCert.serialNumber.valueBlock.valueHexView)}`)).toBe(
            BigInt(`0x${hex(one?.serial ?? new Uint8Array())}`),
          )
          expect(hex(new Uint8Array(reqCert.toSchema().toBER()))).toBe(hex(one?.der ?? new Uint8Array()))
        }
        expect(hex(ours.nonce ?? new Uint8Array())).toBe(hex(nonce ?? new Uint8Array()))
      }),
    )
  })

  it('what it writes, we read', () => {
    fc.assert(
      fc.property(serials, nonces, (drawn, nonce) => {
        const request = new pkijs.OCSPRequest()
        request.tbsRequest.requestList = drawn.map(
          (serial) =>
            new pkijs.Request({
              reqCert: new pkijs.CertID({
                hashAlgorithm: new pkijs.AlgorithmIdentifier({
                  algorithmId: OID.sha1,
                  algorithmParams: new asn1js.Null(),
                }),
                issuerNameHash: new asn1js.OctetString({ valueHex: new Uint8Array(20).buffer }),
                issuerKeyHash: new asn1js.OctetString({ valueHex: new Uint8Array(20).buffer }),
                serialNumber: asn1js.Integer.fromBigInt(BigInt(`0x${hex(serial)}`)),
              }),
            }),
        )
        if (nonce !== undefined)
          request.tbsRequest.requestExtensions = [
            new pkijs.Extension({
              extnID: OID.ocspNonce,
              extnValue: new asn1js.OctetString({ valueHex: Uint8Array.from(nonce).buffer }).toBER(),
            }),
          ]
        const ours = parseOcspRequest(new Uint8Array(request.toSchema(true).toBER()))
        expect(ours.certIds.map((each) => BigInt(`0x${hex(each.serial)}`))).toEqual(
          drawn.map((serial) => BigInt(`0x${hex(serial)}`)),
        )
        expect(hex(ours.nonce ?? new Uint8Array())).toBe(hex(nonce ?? new Uint8Array()))
      }),
    )
  })
})
