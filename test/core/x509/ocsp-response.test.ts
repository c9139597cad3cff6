import { createHash, sign } from 'node:crypto'
import fc from 'fast-check'
import * as pkijs from 'pkijs'
import { describe, expect, it } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import type { CertStatus } from '../../../src/core/domain/ocsp.ts'
import { OCSP_ERRORS, type OcspError } from '../../../src/core/domain/ocsp.ts'
import { REVOCATION_REASON_NAMES, REVOCATION_REASONS } from '../../../src/core/domain/revocation.ts'
import { LAST_MOMENT } from '../../../src/core/domain/time.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { lintOcsp, OCSP_RULES } from '../../../src/core/x509/lint-ocsp.ts'
import { encodeCertId, issuerHashes } from '../../../src/core/x509/ocsp-cert-id.ts'
import {
  assembleOcspResponse,
  encodeResponseData,
  ocspErrorResponse,
  responderCertificates,
  type OcspDraft,
} from '../../../src/core/x509/ocsp-response.ts'
import {
  parseOcspResponse,
  parseResponseData,
  type ParsedResponseData,
} from '../../../src/core/x509/ocsp-response-parser.ts'
import { prepareOcsp, redeem } from '../../../src/core/x509/prepare.ts'
import { damagedFrom } from './damaged.ts'
import { testKeys } from './keys.ts'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const CERT_ID = encodeCertId(
  'sha1',
  bytes(`0414${'11'.repeat(20)}0414${'22'.repeat(20)}`),
  bytes('8000000000000000000000000000000f'),
)
const AT = Date.UTC(2026, 6, 1, 12, 30, 15)
const NEXT = AT + 86_400_000

const draftOf = (change: Partial<OcspDraft> = {}): OcspDraft => ({
  signatureAlgorithm: 'SHA256WITHECDSA',
  responderKeyHash: bytes('33'.repeat(20)),
  producedAt: AT,
  responses: [{ certId: CERT_ID, status: { kind: 'good' }, thisUpdate: AT, nextUpdate: NEXT }],
  nonce: undefined,
  ...change,
})
const withStatus = (status: CertStatus): OcspDraft =>
  draftOf({ responses: [{ certId: CERT_ID, status, thisUpdate: AT, nextUpdate: NEXT }] })
const signed = (draft: OcspDraft, certificates: readonly Uint8Array[] = []): Uint8Array => {
  const data = encodeResponseData(draft)
  const signature = sign('sha256', data, testKeys.p256.privateKey)
  return assembleOcspResponse(data, 'SHA256WITHECDSA', signature, responderCertificates(certificates))
}

/** A ResponseData with this status, whose content and list of responses have these lengths. */
const dump = (content: string, list: string, one: string, status: string): string =>
  hex(
    bytes(`
      30 ${content} a216 0414 ${'33'.repeat(20)}
        180f 32303236303730313132333031355a
        30 ${list} 30 ${one}
          304a 3009 06052b0e03021a 0500 0414 ${'11'.repeat(20)} 0414 ${'22'.repeat(20)}
            0211 008000000000000000000000000000000f
          ${status}
          180f 32303236303730313132333031355a
          a011 180f 32303236303730323132333031355a`),
  )

describe('golden dumps', () => {
  it('RFC 9919 §3.2.2, §3.2.4: by key, GeneralizedTime, nextUpdate', () => {
    expect(hex(encodeResponseData(draftOf()))).toBe(dump('819f', '74', '72', '8000'))
    expect(hex(encodeResponseData(withStatus({ kind: 'unknown' })))).toBe(dump('819f', '74', '72', '8200'))
  })

  it('RFC 6960 §4.2.1: when and why it was revoked; unspecified is left out', () => {
    const at = '180f 32303236303730313132333031345a'
    const revoked = { kind: 'revoked', revokedAt: AT - 1000 } as const
    expect(hex(encodeResponseData(withStatus({ ...revoked, reason: 'keyCompromise' })))).toBe(
      dump('81b7', '818b', '8188', `a116 ${at} a003 0a0101`),
    )
    expect(hex(encodeResponseData(withStatus({ ...revoked, reason: 'unspecified' })))).toBe(
      dump('81b2', '8186', '8183', `a111 ${at}`),
    )
  })

  it('RFC 9654 §2.1: the nonce is an OCTET STRING in the extension’s', () => {
    expect(hex(encodeResponseData(draftOf({ nonce: bytes('0102') })))).toBe(
      `${dump('81b6', '74', '72', '8000')}${hex(bytes('a115 3013 3011 06092b0601050507300102 0404 0402 0102'))}`,
    )
  })

  it('RFC 6960 §4.2.1: around it a BasicOCSPResponse in a response that is successful', () => {
    const whole = assembleOcspResponse(
      bytes('3000'),
      'SHA256WITHECDSA',
      bytes('aabb'),
      responderCertificates([bytes('3000')]),
    )
    expect(hex(whole)).toBe(
      hex(
        bytes(`302f 0a0100 a02a 3028 06092b0601050507300101 041b
          3019 3000 300a 06082a8648ce3d040302 0303 00aabb a004 3002 3000`),
      ),
    )
  })

  it.each([
    ['malformedRequest', '30030a0101'],
    ['internalError', '30030a0102'],
    ['tryLater', '30030a0103'],
    ['unauthorized', '30030a0106'],
  ] as const)('RFC 6960 §4.2.1: %s is five octets', (error, expected) => {
    expect(hex(ocspErrorResponse(error))).toBe(expected)
    expect(parseOcspResponse(ocspErrorResponse(error))).toEqual({ status: error })
  })
})

const seconds = fc.integer({ min: 0, max: LAST_MOMENT / 1000 - 1 }).map((each) => each * 1000)
const statuses: fc.Arbitrary<CertStatus> = fc.oneof(
  fc.constant<CertStatus>({ kind: 'good' }),
  fc.constant<CertStatus>({ kind: 'unknown' }),
  fc.record({
    kind: fc.constant('revoked' as const),
    revokedAt: seconds,
    reason: fc.constantFrom(...REVOCATION_REASON_NAMES),
  }),
)
const drafts = fc
  .record({
    at: seconds,
    statuses: fc.array(statuses, { minLength: 1, maxLength: 5 }),
    nonce: fc.option(fc.uint8Array({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  })
  .map(({ at, statuses: drawn, nonce }) =>
    draftOf({
      producedAt: at,
      nonce,
      responses: drawn.map((status) => ({
        certId: CERT_ID,
        status,
        thisUpdate: at,
        nextUpdate: Math.min(at + 86_400_000, LAST_MOMENT),
      })),
    }),
  )

describe('what we write', () => {
  it('we read', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const parsed = parseOcspResponse(signed(draft, [bytes('3000')]))
        if (parsed.status !== 'successful') throw new Error(parsed.status)
        expect(parsed.responder).toEqual({ keyHash: draft.responderKeyHash })
        expect(parsed.producedAt).toBe(draft.producedAt)
        expect(hex(parsed.tbs)).toBe(hex(encodeResponseData(draft)))
        expect(hex(parsed.nonce ?? new Uint8Array())).toBe(hex(draft.nonce ?? new Uint8Array()))
        expect(parsed.responses.map(({ status }) => status)).toEqual(
          draft.responses.map((each) => each.status),
        )
        for (const [place, one] of parsed.responses.entries()) {
          const { thisUpdate, nextUpdate } = draft.responses[place] ?? {}
          expect([one.thisUpdate, one.nextUpdate]).toEqual([thisUpdate, nextUpdate])
          expect(hex(one.certId.der)).toBe(hex(CERT_ID))
        }
        expect(parsed.certificates.map(hex)).toEqual(['3000'])
      }),
    )
  })

  it('pkijs reads', () => {
    fc.assert(
      fc.property(drafts, (draft) => {
        const outer = pkijs.OCSPResponse.fromBER(signed(draft))
        expect(outer.responseStatus.valueBlock.valueDec).toBe(0)
        const { tbsResponseData } = pkijs.BasicOCSPResponse.fromBER(
          outer.responseBytes?.response.valueBlock.valueHexView ?? new Uint8Array(),
        )
        expect(tbsResponseData.producedAt.getTime()).toBe(draft.producedAt)
        for (const [place, one] of tbsResponseData.responses.entries()) {
          const expected = draft.responses[place]
          expect(one.thisUpdate.getTime()).toBe(expected?.thisUpdate)
          expect(one.nextUpdate?.getTime()).toBe(expected?.nextUpdate)
          // CHOICE: [0] good, [1] revoked, [2] unknown.
          const { idBlock, valueBlock } = one.certStatus as {
            idBlock: { tagNumber: number }
            valueBlock: {
              value: { toDate(): Date; valueBlock: { value: { valueBlock: { valueDec: number } }[] } }[]
            }
          }
          expect(['good', 'revoked', 'unknown'][idBlock.tagNumber]).toBe(expected?.status.kind)
          if (expected?.status.kind !== 'revoked') continue
          const [when, why] = valueBlock.value
          expect(when?.toDate().getTime()).toBe(expected.status.revokedAt)
          expect(why?.valueBlock.value[0]?.valueBlock.valueDec ?? 0).toBe(
            REVOCATION_REASONS[expected.status.reason],
          )
        }
      }),
    )
  })

  it('is refused for times that can’t be written', () => {
    for (const at of [Number.NaN, Date.UTC(1900, 0, 1), Date.UTC(10_000, 0, 1)])
      expect(() => encodeResponseData(draftOf({ producedAt: at }))).toThrow(ChanceryError)
  })
})

it('any octets and any change give a value or a ChanceryError', () => {
  const seeds = [
    signed(draftOf({ nonce: bytes('0102') }), [bytes('3000')]),
    signed(withStatus({ kind: 'revoked', revokedAt: AT, reason: 'superseded' })),
    ...(Object.keys(OCSP_ERRORS) as OcspError[]).map(ocspErrorResponse),
  ]
  fc.assert(
    fc.property(fc.oneof(...seeds.map(damagedFrom), fc.uint8Array({ maxLength: 100 })), (input) => {
      try {
        parseOcspResponse(input)
      } catch (error) {
        if (!(error instanceof ChanceryError)) throw error
      }
    }),
    { numRuns: 3000 },
  )
})

describe('leave to sign', () => {
  it('stands for the very octets, once, and for a responder’s key only', () => {
    const { prepared, tbs } = prepareOcsp(draftOf())
    const signable = redeem(prepared)
    expect(signable.signer).toBe('responder')
    expect(signable.tbs).toEqual(tbs)
    expect(() => redeem(prepared)).toThrow('used before')
  })

  const good = parseResponseData(encodeResponseData(draftOf()))
  const one = good.responses[0] as ParsedResponseData['responses'][number]
  const broken: Record<string, ParsedResponseData[]> = {
    ocsp_responder: [
      { ...good, responder: { keyHash: new Uint8Array(32) } },
      { ...good, responder: { name: encodeSubject({ commonName: 'CA' }) } },
    ],
    ocsp_responses: [{ ...good, responses: [] }],
    ocsp_updates: [
      { ...good, responses: [{ ...one, nextUpdate: undefined }] },
      { ...good, responses: [{ ...one, nextUpdate: AT }] },
      { ...good, producedAt: AT - 1000 },
    ],
    ocsp_extensions: [{ ...good, extensions: [{ oid: '1.2.3', critical: false, value: bytes('0500') }] }],
  }
  it.each(OCSP_RULES.map(({ id }) => id))('is refused by %s', (rule) => {
    expect(lintOcsp(good)).toEqual([])
    expect(broken[rule]).toBeDefined()
    for (const data of broken[rule] ?? []) expect(lintOcsp(data).map((each) => each.rule)).toEqual([rule])
  })

  it('is refused whole when a rule is broken', () => {
    const responses = [{ certId: CERT_ID, status: { kind: 'good' as const }, thisUpdate: AT, nextUpdate: AT }]
    expect(() => prepareOcsp(draftOf({ responses }))).toThrow('nextUpdate: is not after thisUpdate')
  })
})

it('RFC 6960 §4.1.1: hashes the name’s DER and the key’s bits', () => {
  const name = encodeSubject({ commonName: 'CA' })
  const { publicKey, spki } = testKeys.ed25519
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  const digest = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')
  expect(hex(issuerHashes('sha256', name, spki))).toBe(`0420${digest(name)}0420${digest(raw)}`)
})
