import { describe, expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import {
  cRLNumber,
  deltaCRLIndicator,
  issuingDistributionPoint,
} from '../../../src/core/x509/crl-extensions.ts'
import { parseCrl } from '../../../src/core/x509/crl-parser.ts'
import { assembleCrl, encodeTbsCertList } from '../../../src/core/x509/crl.ts'
import { sequence } from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { authorityKeyIdentifier } from '../../../src/core/x509/extensions.ts'
import { CRL_RULES, lintCrl } from '../../../src/core/x509/lint-crl.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { prepareCrl, redeem } from '../../../src/core/x509/prepare.ts'
import { NOW } from './drafts.ts'
import type { ParsedCrl } from '../../../src/core/x509/crl-parser.ts'
import type { CertListDraft } from '../../../src/core/x509/crl.ts'
import type { Extension } from '../../../src/core/x509/types.ts'

const identifier = authorityKeyIdentifier(new Uint8Array(20).fill(7))
const draft = (extra: Partial<CertListDraft> = {}): CertListDraft => ({
  signatureAlgorithm: 'SHA256WITHECDSA',
  issuer: encodeSubject({ commonName: 'Example Issuing' }),
  thisUpdate: NOW,
  nextUpdate: NOW + 7 * DAY,
  entries: [{ serial: '1234567890abcdef', revokedAt: NOW - DAY, reason: 'keyCompromise' }],
  extensions: [identifier, cRLNumber(17n)],
  ...extra,
})
const parsed = (extra: Partial<CertListDraft> = {}): ParsedCrl =>
  parseCrl(assembleCrl(encodeTbsCertList(draft(extra)), 'SHA256WITHECDSA', new Uint8Array(1)))
const having = (...extensions: readonly Extension[]): ParsedCrl => parsed({ extensions })

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

describe('prepareCrl', () => {
  test('golden: a Prepared is good for one signature', () => {
    const { prepared, tbs } = prepareCrl(draft())
    const signable = redeem(prepared)
    expect(signable.signatureAlgorithm).toBe('SHA256WITHECDSA')
    expect(Buffer.from(signable.tbs).equals(encodeTbsCertList(draft()))).toBe(true)
    expect(Buffer.from(tbs).equals(signable.tbs)).toBe(true)
    expect(() => redeem(prepared)).toThrow(ChanceryError)
  })

  test('a failed lint names every error', () => {
    const run = () => prepareCrl(draft({ nextUpdate: NOW - 1000, extensions: [] }))
    expect(run).toThrow(ChanceryError)
    expect(run).toThrow(/^3 problems: nextUpdate.*cRLNumber.*authorityKeyIdentifier/)
  })

  test('what cannot be encoded or read back is refused', () => {
    expect(() => prepareCrl(draft({ issuer: Uint8Array.of(5, 0) }))).toThrow(ChanceryError)
    expect(() =>
      prepareCrl(draft({ entries: [{ serial: '00', revokedAt: NOW, reason: 'unspecified' }] })),
    ).toThrow(ChanceryError)
  })
})
