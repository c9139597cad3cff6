import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { DAY } from '../../../src/core/domain/time.ts'
import { assembleCertificate, encodeTbs } from '../../../src/core/x509/certificate.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import { keyUsage } from '../../../src/core/x509/extensions.ts'
import { confirm, prepare, redeem } from '../../../src/core/x509/prepare.ts'
import { NOW, leafContext, leafDraft, withExtensions } from './drafts.ts'
import type { Prepared } from '../../../src/core/x509/prepare.ts'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

test('golden: a Prepared is good for one signature', () => {
  const { prepared, tbs, warnings } = prepare(leafDraft(), leafContext())
  expect(warnings).toEqual([])
  const signable = redeem(prepared)
  expect(signable.signatureAlgorithm).toBe('SHA256WITHECDSA')
  expect(signable.tbs).toEqual(encodeTbs(leafDraft()))
  expect(tbs).toEqual(signable.tbs)
  expect(() => redeem(prepared)).toThrow(ChanceryError)
  expect(() => redeem(prepared)).toThrow(/one lint allows one signature/)
  expect(() => redeem({ ...prepared } as Prepared)).toThrow(ChanceryError)
})

test('changing the bytes handed out for the record changes nothing about those to be signed', () => {
  const { prepared, tbs } = prepare(leafDraft(), leafContext())
  tbs.fill(0)
  expect(redeem(prepared).tbs).toEqual(encodeTbs(leafDraft()))
})

test('nobody else can make one', () => {
  const { prepared } = prepare(leafDraft(), leafContext())
  const forged = { tbs: encodeTbs(leafDraft()), signatureAlgorithm: 'SHA256WITHECDSA' }
  const { constructor } = prepared as unknown as { constructor: new (...given: unknown[]) => Prepared }
  expect(() => new constructor(Symbol('made by the lint'), forged)).toThrow(ChanceryError)
  expect(() => new constructor(forged)).toThrow(ChanceryError)
  for (const other of [
    forged,
    Object.create(prepared),
    structuredClone(prepared),
    JSON.parse(JSON.stringify(prepared)),
    null,
    undefined,
    'x',
  ])
    expect(() => redeem(other as Prepared)).toThrow(ChanceryError)
  expect(redeem(prepared).tbs.length).toBeGreaterThan(100)
})

test('a failed lint names every error and makes nothing', () => {
  const draft = withExtensions({ ...leafDraft(), notAfter: NOW + 5000 * DAY }, [
    keyUsage(['keyCertSign'], false),
  ])
  try {
    prepare(draft, leafContext())
    expect.unreachable()
  } catch (error) {
    expect(error).toBeInstanceOf(ChanceryError)
    const { code, violations, message } = error as ChanceryError
    expect(code).toBe('lint_failed')
    expect(violations.map((violation) => violation.code)).toEqual([
      'validity_nested',
      'key_usage_critical',
      'key_usage_kind',
      'purposes_key_usage',
      'purposes_key_usage',
    ])
    for (const { field, message: text } of violations) {
      expect(message).toContain(field)
      expect(text).toMatch(/\(.*(§|RFC).*\)$/)
    }
  }
})

test('warnings come along', () => {
  const { warnings } = prepare({ ...leafDraft(), notAfter: NOW + 500 * DAY }, leafContext())
  expect(warnings.map(({ rule, severity }) => [rule, severity])).toEqual([['validity_long', 'warning']])
})

test('a draft that cannot be encoded is refused as such', () => {
  expect(() => prepare({ ...leafDraft(), serial: new Uint8Array(16) }, leafContext())).toThrow(ChanceryError)
  expect(() => prepare({ ...leafDraft(), subject: Uint8Array.of(1, 2, 3) }, leafContext())).toThrow(
    ChanceryError,
  )
  expect(() => prepare({ ...leafDraft(), spki: new Uint8Array() }, leafContext())).toThrow(ChanceryError)
})

test('confirm accepts the certificate that was linted, and no other', () => {
  const { prepared, tbs } = prepare(leafDraft(), leafContext())
  const { tbs: message, signatureAlgorithm } = redeem(prepared)
  const signed = message as Uint8Array
  const signature = sign('sha256', signed, privateKey)
  expect(verify('sha256', tbs, publicKey, signature)).toBe(true)
  const der = assembleCertificate(signed, signatureAlgorithm, signature)
  expect(() => confirm(tbs, der)).not.toThrow()
  const other = encodeTbs({ ...leafDraft(), subject: encodeSubject({ commonName: 'other.example.com' }) })
  expect(() => confirm(tbs, assembleCertificate(other, signatureAlgorithm, signature))).toThrow(/not the one/)
  expect(() => confirm(tbs, assembleCertificate(signed, 'SHA384WITHECDSA', signature))).toThrow(
    /algorithms differ/,
  )
  expect(() => confirm(tbs, der.subarray(0, 50))).toThrow(ChanceryError)
})
