import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import {
  cRLNumber,
  deltaCRLIndicator,
  issuingDistributionPoint,
} from '../../../src/core/x509/crl-extensions.ts'
import { encodeEntries } from '../../../src/core/x509/crl-entries.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { sequence } from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { authorityKeyIdentifier, freshestCRL } from '../../../src/core/x509/extensions.ts'
import { CRL_RULES, lintCrl } from '../../../src/core/x509/lint-crl.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { prepareCrl, redeem } from '../../../src/core/x509/prepare.ts'
import { NOW } from './drafts.ts'
import { assembleCrl, encodeTbsCertList, kept, type WholeCrlDraft } from './whole-crl.ts'
import type { ParsedCrl } from '../../../src/core/x509/crl-parser.ts'
import type { Extension } from '../../../src/core/x509/types.ts'

const identifier = authorityKeyIdentifier(new Uint8Array(20).fill(7))
const draft = (extra: Partial<WholeCrlDraft> = {}): WholeCrlDraft => ({
  signatureAlgorithm: 'SHA256WITHECDSA',
  issuer: encodeSubject({ commonName: 'Example Issuing' }),
  thisUpdate: NOW,
  nextUpdate: NOW + 7 * DAY,
  entries: [{ serial: '1234567890abcdef', revokedAt: NOW - DAY, reason: 'keyCompromise' }],
  extensions: [identifier, cRLNumber(17n)],
  ...extra,
})
const parsed = (extra: Partial<WholeCrlDraft> = {}): ParsedCrl =>
  parseCrl(assembleCrl(encodeTbsCertList(draft(extra)), 'SHA256WITHECDSA', new Uint8Array(1)))
const having = (...extensions: readonly Extension[]): ParsedCrl => parsed({ extensions })

const point = (...urls: string[]): Extension => issuingDistributionPoint({ urls })
const unreadable = (extension: Extension): Extension => ({ ...extension, value: Uint8Array.of(4, 0) })
const emptyPoint: Extension = { oid: OID.issuingDistributionPoint, critical: true, value: sequence() }

const CASES: readonly [rule: string, what: string, crl: () => ParsedCrl][] = [
  ['crl_version', 'version 1', () => ({ ...parsed(), version: 1 })],
  [
    'crl_signature_algorithm',
    'SHA-1',
    () => ({ ...parsed(), signatureAlgorithm: { oid: '1.2.840.10045.4.1', der: sequence() } }),
  ],
  ['crl_issuer', 'empty', () => parsed({ issuer: EMPTY_NAME })],
  ['crl_updates', 'no nextUpdate', () => ({ ...parsed(), nextUpdate: undefined })],
  ['crl_updates', 'nextUpdate at once', () => parsed({ nextUpdate: NOW })],
  ['crl_extension_once', 'twice', () => having(identifier, cRLNumber(1), cRLNumber(2))],
  ['crl_criticality', 'critical number', () => having(identifier, { ...cRLNumber(1), critical: true })],
  [
    'crl_criticality',
    'delta indicator not critical',
    () => having(identifier, cRLNumber(2), { ...deltaCRLIndicator(1), critical: false }),
  ],
  ['crl_number', 'missing', () => having(identifier)],
  [
    'crl_number',
    'unreadable',
    () => having(identifier, { oid: OID.cRLNumber, critical: false, value: Uint8Array.of(2, 1, 0x80) }),
  ],
  ['crl_authority_key_identifier', 'missing', () => having(cRLNumber(1))],
  [
    'crl_authority_key_identifier',
    'without identifier',
    () => having({ oid: OID.authorityKeyIdentifier, critical: false, value: sequence() }, cRLNumber(1)),
  ],
  [
    'crl_authority_key_identifier',
    'unreadable',
    () =>
      having({ oid: OID.authorityKeyIdentifier, critical: false, value: Uint8Array.of(4, 0) }, cRLNumber(1)),
  ],
  ['crl_delta', 'of a later base', () => having(identifier, cRLNumber(2), deltaCRLIndicator(3))],
  ['crl_delta', 'unreadable', () => having(identifier, cRLNumber(2), unreadable(deltaCRLIndicator(1)))],
  [
    'crl_freshest',
    'in a delta',
    () => having(identifier, cRLNumber(2), deltaCRLIndicator(1), freshestCRL(['http://a.test/d.crl'])),
  ],
  [
    'crl_freshest',
    'unreadable',
    () => having(identifier, cRLNumber(2), unreadable(freshestCRL(['http://a.test/d.crl']))),
  ],
  ['crl_scope', 'unreadable', () => having(identifier, cRLNumber(2), unreadable(point('http://a.test/1')))],
  ['crl_scope', 'empty', () => having(identifier, cRLNumber(2), emptyPoint)],
]

describe('lintCrl', () => {
  for (const [rule, what, crl] of CASES)
    test(`${rule}: ${what}`, () => expect(lintCrl(crl()).map((finding) => finding.rule)).toEqual([rule]))

  test('every rule has such a case', () => {
    const tried = new Set(CASES.map(([rule]) => rule))
    expect(CRL_RULES.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([])
  })

  test('CRLs in order have no findings: with entries, without, delta, partitioned', () => {
    expect(lintCrl(parsed())).toEqual([])
    expect(lintCrl(parsed({ entries: [] }))).toEqual([])
    expect(lintCrl(having(identifier, cRLNumber(2), deltaCRLIndicator(1)))).toEqual([])
    const partition = issuingDistributionPoint({
      urls: ['http://pki.example.com/1.crl'],
      onlyContainsUserCerts: true,
    })
    expect(lintCrl(having(identifier, cRLNumber(2), partition))).toEqual([])
  })
})

const ENTRIES = encodeEntries([
  { serial: '1234567890abcdef', revokedAt: NOW - DAY, reason: 'keyCompromise' },
  { serial: 'ff', revokedAt: Date.UTC(2051, 0, 1), reason: 'unspecified' },
])
const octetsOf = async (message: Uint8Array | AsyncIterable<Uint8Array>): Promise<Buffer> => {
  if (message instanceof Uint8Array) return Buffer.from(message)
  const pieces: Uint8Array[] = []
  for await (const piece of message) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('prepareCrl', () => {
  test('golden: a Prepared is good for one signature, over the frame and the entries as they are kept', async () => {
    const { prepared, frame } = prepareCrl(draft(), kept(2, ENTRIES.subarray(0, 41), ENTRIES.subarray(41)))
    const signable = redeem(prepared)
    expect(signable.signatureAlgorithm).toBe('SHA256WITHECDSA')
    const tbs = await octetsOf(signable.tbs)
    expect(tbs).toEqual(Buffer.concat([frame.head, ENTRIES, frame.tail]))
    expect(tbs.length).toBe(signable.tbs.length)
    const crl = parseCrl(assembleCrl(tbs, 'SHA256WITHECDSA', new Uint8Array(1)))
    expect([...crl.entries()].map(({ serial }) => serial)).toEqual(['1234567890abcdef', 'ff'])
    expect(() => redeem(prepared)).toThrow(ChanceryError)
  })

  test('a failed lint names every error', () => {
    const run = () => prepareCrl(draft({ nextUpdate: NOW - 1000, extensions: [] }), kept(0))
    expect(run).toThrow(ChanceryError)
    expect(run).toThrow(/^3 problems: nextUpdate.*cRLNumber.*authorityKeyIdentifier/)
  })

  test('what cannot be encoded or read back is refused', () => {
    expect(() => prepareCrl(draft({ issuer: Uint8Array.of(5, 0) }), kept(0))).toThrow(ChanceryError)
    expect(() => encodeEntries([{ serial: '00', revokedAt: NOW, reason: 'unspecified' }])).toThrow(
      ChanceryError,
    )
  })

  test.each([
    ['one octet of an entry is another', kept(2, ENTRIES.with(2, 0x05)), /damaged/],
    ['an entry is cut short', kept(2, ENTRIES.subarray(0, ENTRIES.length - 1)), /damaged/],
    ['there are fewer than were counted', kept(3, ENTRIES), /3 entries were to be signed, 2/],
    [
      'there is more than was measured',
      { ...kept(2, ENTRIES), length: ENTRIES.length - 1 },
      /entries were to be signed/,
    ],
  ])('nothing is signed when %s', async (_, entries, message) => {
    const { prepared } = prepareCrl(draft(), entries)
    await expect(octetsOf(redeem(prepared).tbs)).rejects.toThrow(message)
  })

  test('RFC 5280 §5.3.1: removeFromCRL goes into deltas only', async () => {
    const back = encodeEntries([{ serial: '01', revokedAt: NOW, reason: 'removeFromCRL' }])
    const complete = prepareCrl(draft(), kept(1, back))
    await expect(octetsOf(redeem(complete.prepared).tbs)).rejects.toThrow(/a reason at octet 0 is damaged/)
    const extensions = [identifier, cRLNumber(18n), deltaCRLIndicator(17n)]
    const delta = prepareCrl(draft({ extensions }), kept(1, back))
    const tbs = await octetsOf(redeem(delta.prepared).tbs)
    const [entry] = parseCrl(assembleCrl(tbs, 'SHA256WITHECDSA', new Uint8Array(1))).entries()
    expect(entry?.reason).toBe('removeFromCRL')
  })
})
