import { checkPrimeSync, createPublicKey, generateKeyPairSync, generatePrimeSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DAY } from '../../../src/core/domain/time.ts'
import { ChanceryError } from '../../../src/core/domain/errors.ts'
import { encodeTbs, parseTbs } from '../../../src/core/x509/certificate.ts'
import { element, integer, octetString, oid, sequence, setOf } from '../../../src/core/x509/der/writer.ts'
import { EMPTY_NAME, encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  cRLDistributionPoints,
  certificatePolicies,
  extKeyUsage,
  keyUsage,
  nameConstraints,
  ocspNoCheck,
  policyConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../../src/core/x509/extensions.ts'
import { encodeGeneralNames } from '../../../src/core/x509/general-names-der.ts'
import { LINT_RULES, issuerFactsOf, lint } from '../../../src/core/x509/lint.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { keyIdentifierOf, parsePublicKey } from '../../../src/core/x509/public-keys.ts'
import {
  NAMES,
  NOW,
  SPKI,
  contextOf,
  issuingContext,
  issuingDraft,
  leafContext,
  leafDraft,
  rootContext,
  rootDraft,
  unsigned,
  withExtensions,
} from './drafts.ts'
import type { GeneralName } from '../../../src/core/domain/names.ts'
import type { IssuerFacts, LintContext } from '../../../src/core/x509/lint.ts'
import type { CertificateDraft, Extension, Finding, ParsedTbs } from '../../../src/core/x509/types.ts'

const parsed = (draft: CertificateDraft): ParsedTbs => parseTbs(encodeTbs(draft))
const ids = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ rule }) => rule))]
const leaf = leafDraft()
const raw = (type: string, critical: boolean, value: Uint8Array): Extension => ({
  oid: type,
  critical,
  value,
})
const leafWith = (replaced: readonly Extension[], removed: readonly string[] = []): ParsedTbs =>
  parsed(withExtensions(leafDraft(), replaced, removed))
const issuingWith = (replaced: readonly Extension[], removed: readonly string[] = []): ParsedTbs =>
  parsed(withExtensions(issuingDraft(), replaced, removed))
const named = (subject: Uint8Array): ParsedTbs => parsed({ ...leaf, subject })
const attribute = (type: string, tag: number, text: string): Uint8Array =>
  setOf([sequence(oid(type), element(tag, Buffer.from(text, 'latin1')))])
const printable = (type: string, text: string): Uint8Array => sequence(attribute(type, 0x13, text))
const names = (...list: readonly GeneralName[]): Extension =>
  raw(OID.subjectAltName, false, encodeGeneralNames(list))
const keyed = (spki: Uint8Array, usages: Parameters<typeof keyUsage>[0] = ['digitalSignature']): ParsedTbs =>
  parsed(withExtensions({ ...leaf, spki }, [keyUsage(usages)]))
const withKey = (key: Partial<ParsedTbs['publicKey']>, from = SPKI.leaf): ParsedTbs => ({
  ...keyed(from),
  publicKey: { ...parsePublicKey(from, 'spki'), ...key },
})
const rsaOf = (modulus: bigint, exponent = 65_537n): ParsedTbs => {
  const octets = (value: bigint): Uint8Array => {
    const hex = value.toString(16)
    return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  }
  const rsa = { modulus: octets(modulus), exponent: octets(exponent) }
  return withKey({ rsa, bits: modulus.toString(2).length }, SPKI.rsa)
}
const modulusOf = (spki: Uint8Array): bigint => {
  const { n = '' } = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' }).export({
    format: 'jwk',
  })
  return BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)
}
const SOUND = modulusOf(SPKI.rsa)
const hasSmallFactor = (n: bigint): boolean => {
  for (let divisor = 2n; divisor < 752n; divisor++) if (n % divisor === 0n) return true
  return false
}
/** The next number in steps of `step` without a prime factor below 752. */
const soundFrom = (start: bigint, step = 2n): bigint => {
  let candidate = start
  while (hasSmallFactor(candidate)) candidate += step
  return candidate
}
/** A 2048-bit number that is a power of 65537 modulo each prime up to 167, as the moduli of the flawed generator are. */
const rocaModulus = (): bigint => {
  let product = 1n
  for (let n = 2n; n <= 167n; n++)
    if (product % n !== 0n && [2n, 3n, 5n, 7n, 11n].every((p) => n === p || n % p !== 0n)) product *= n
  return soundFrom(((1n << 2047n) / product + 1n) * product + (65_537n ** 5n % product), product)
}
/** p·q of two neighbouring primes of 1,024 bits. */
function closePrimes(): bigint {
  const p = generatePrimeSync(1024, { bigint: true })
  let q = p + 2n
  while (hasSmallFactor(q) || !checkPrimeSync(q)) q += 2n
  return p * q
}

const purposeContext = (purposes: readonly string[]): LintContext =>
  contextOf('leaf', [withExtensions(issuingDraft(), [extKeyUsage(purposes)]), rootDraft()])
const constrained = (constraints: Parameters<typeof nameConstraints>[0]): LintContext =>
  contextOf('leaf', [withExtensions(issuingDraft(), [nameConstraints(constraints)]), rootDraft()])

const ISSUING = issuingDraft().subject
/** An issuing authority with the policy 1.2.3, below which one is required. */
const policyContext = (kind: LintContext['kind']): LintContext =>
  contextOf(kind, [
    withExtensions(issuingDraft(), [
      basicConstraints({ ca: true }),
      certificatePolicies([{ oid: '1.2.3' }]),
      policyConstraints({ requireExplicitPolicy: 0 }),
    ]),
    rootDraft(),
  ])

type Case = readonly [rule: string, what: string, tbs: () => ParsedTbs, context?: () => LintContext]
const CASES: readonly Case[] = [
  ['version', 'version 1', () => ({ ...parsed(leaf), version: 1 })],
  [
    'serial_form',
    'negative',
    () => ({ ...parsed(leaf), serialOctets: Buffer.from('80' + '00'.repeat(15), 'hex') }),
  ],
  [
    'serial_form',
    '21 octets',
    () => ({ ...parsed(leaf), serialOctets: Buffer.from('7f'.repeat(21), 'hex') }),
  ],
  [
    'serial_form',
    'padded',
    () => ({ ...parsed(leaf), serialOctets: Buffer.from('00' + '7f'.repeat(16), 'hex') }),
  ],
  ['serial_length', 'a counter', () => ({ ...parsed(leaf), serialOctets: Buffer.from('0102030405', 'hex') })],
  [
    'signature_algorithm',
    'SHA-1',
    () => ({
      ...parsed(leaf),
      signatureAlgorithm: { oid: '1.2.840.10045.4.1', der: sequence(oid('1.2.840.10045.4.1')) },
    }),
  ],
  [
    'signature_algorithm',
    'ECDSA with NULL',
    () => ({
      ...parsed(leaf),
      signatureAlgorithm: {
        oid: '1.2.840.10045.4.3.2',
        der: sequence(oid('1.2.840.10045.4.3.2'), Uint8Array.of(5, 0)),
      },
    }),
  ],
  [
    'signature_algorithm',
    'ML-DSA with NULL (RFC 9881 §2)',
    () => ({
      ...parsed(leaf),
      signatureAlgorithm: {
        oid: '2.16.840.1.101.3.4.3.17',
        der: sequence(oid('2.16.840.1.101.3.4.3.17'), Uint8Array.of(5, 0)),
      },
    }),
  ],
  [
    'signature_algorithm',
    'PSS with the defaults of RFC 4055 §3.1, which are SHA-1',
    () => ({
      ...parsed(leaf),
      signatureAlgorithm: {
        oid: '1.2.840.113549.1.1.10',
        der: sequence(oid('1.2.840.113549.1.1.10'), sequence()),
      },
    }),
  ],
  [
    'signature_issuer_key',
    'ML-DSA-44 signature by an ML-DSA-65 issuer',
    () => parsed({ ...leaf, signatureAlgorithm: 'ML_DSA_44' }),
    () => ({
      ...leafContext(),
      issuer: { ...(leafContext().issuer as IssuerFacts), keyOid: '2.16.840.1.101.3.4.3.18' },
    }),
  ],
  [
    'signature_issuer_key',
    'RSA signature by an EC issuer',
    () => parsed({ ...leaf, signatureAlgorithm: 'SHA256WITHRSA' }),
  ],
  [
    'validity_order validity_future',
    'backwards by a second',
    () => parsed({ ...leaf, notBefore: NOW + DAY, notAfter: NOW + DAY - 1000 }),
  ],
  ['validity_form', 'fraction', () => ({ ...parsed(leaf), notBefore: { time: NOW - 1500, tag: 'utc' } })],
  [
    'validity_form',
    'GeneralizedTime in 2026',
    () => ({ ...parsed(leaf), notAfter: { time: NOW + DAY, tag: 'generalized' } }),
  ],
  [
    'validity_form',
    'UTCTime in 2051',
    () => ({ ...parsed({ ...rootDraft() }), notAfter: { time: Date.UTC(2051, 0, 1), tag: 'utc' } }),
    rootContext,
  ],
  ['validity_long', '399 days', () => parsed({ ...leaf, notBefore: NOW, notAfter: NOW + 399 * DAY })],
  ['validity_future', 'tomorrow', () => parsed({ ...leaf, notBefore: NOW + DAY })],
  ['validity_past', 'yesterday', () => parsed({ ...leaf, notAfter: NOW - 1000 })],
  [
    'issuer_known',
    'no chain',
    () => parsed({ ...withExtensions(leaf, [], [OID.authorityKeyIdentifier]), subject: leaf.issuer }),
    () => contextOf('leaf', []),
  ],
  [
    'issuer_known',
    'a root with a chain',
    () =>
      parsed(
        withExtensions({ ...rootDraft(), notAfter: NOW + DAY }, [
          authorityKeyIdentifier(keyIdentifierOf(SPKI.root)),
        ]),
      ),
    () => contextOf('root', [rootDraft()]),
  ],
  [
    'issuer_name',
    'another issuer',
    () => parsed({ ...leaf, issuer: encodeSubject({ commonName: 'Somebody' }) }),
  ],
  [
    'issuer_name',
    'same text, other string type',
    () =>
      parsed({
        ...leaf,
        issuer: sequence(
          attribute(OID.organization, 0x13, 'Example'),
          attribute(OID.commonName, 0x13, 'Example Issuing'),
        ),
      }),
  ],
  [
    'issuer_signs',
    'issuer is a leaf',
    () => parsed(leaf),
    () => contextOf('leaf', [withExtensions(issuingDraft(), [basicConstraints({ ca: false })]), rootDraft()]),
  ],
  [
    'issuer_signs',
    'issuer lacks keyCertSign',
    () => parsed(leaf),
    () => contextOf('leaf', [withExtensions(issuingDraft(), [keyUsage(['cRLSign'])]), rootDraft()]),
  ],
  [
    'validity_nested',
    'a second after the issuer',
    () => parsed({ ...issuingDraft(), notAfter: rootDraft().notAfter + 1000 }),
    issuingContext,
  ],
  [
    'validity_nested',
    'a second before the issuer',
    () => parsed({ ...leaf, notBefore: issuingDraft().notBefore - 1000 }),
  ],
  [
    'path_length',
    'below path length 0',
    () => issuingWith([]),
    () =>
      contextOf('subordinate', [
        withExtensions(rootDraft(), [basicConstraints({ ca: true, pathLength: 0 })]),
      ]),
  ],
  [
    'path_length',
    'as long as the issuer',
    () => issuingWith([basicConstraints({ ca: true, pathLength: 1 })]),
    () =>
      contextOf('subordinate', [
        withExtensions(rootDraft(), [basicConstraints({ ca: true, pathLength: 1 })]),
      ]),
  ],
  [
    'path_length',
    'a leaf below a chain too long',
    () => parsed(leaf),
    () => {
      const middle = { ...issuingDraft(), subject: encodeSubject({ commonName: 'Example Middle' }) }
      const root = withExtensions(rootDraft(), [basicConstraints({ ca: true, pathLength: 0 })])
      return contextOf('leaf', [{ ...issuingDraft(), issuer: middle.subject }, middle, root])
    },
  ],
  [
    'name_constraints',
    'not permitted',
    () => parsed(leafDraft([{ type: 'dns', value: 'www.example.com' }])),
    () => constrained({ permitted: { dns: ['example.org'] } }),
  ],
  [
    'name_constraints',
    'excluded',
    () => parsed(leaf),
    () => constrained({ excluded: { ip: ['192.0.2.0/24'] } }),
  ],
  [
    'name_constraints',
    'the subject, as a directory name',
    () => named(encodeSubject({ country: 'AT', organization: 'Example' })),
    () => constrained({ permitted: { directory: ['O=Example,C=DE'] } }),
  ],
  [
    'name_constraints',
    'a host in the common name, where no name is',
    () =>
      parsed({
        ...withExtensions(leaf, [], [OID.subjectAltName]),
        subject: encodeSubject({ commonName: 'www.example.org' }),
      }),
    () => ({ ...constrained({ permitted: { dns: ['example.com'] } }), requireSubjectAltName: false }),
  ],
  [
    'name_constraints',
    'an address in the common name, where no name is',
    () =>
      parsed({
        ...withExtensions(leaf, [], [OID.subjectAltName]),
        subject: encodeSubject({ commonName: '192.0.2.1' }),
      }),
    () => ({ ...constrained({ excluded: { ip: ['0.0.0.0/0'] } }), requireSubjectAltName: false }),
  ],
  [
    'common_name_read_as_host',
    'a person below permitted domains',
    () =>
      parsed({
        ...withExtensions(leaf, [], [OID.subjectAltName]),
        subject: encodeSubject({ commonName: 'Jane Doe' }),
      }),
    () => ({ ...constrained({ permitted: { dns: ['example.com'] } }), requireSubjectAltName: false }),
  ],
  [
    'common_name_read_as_host',
    'an authority of one word below permitted domains',
    () => parsed({ ...issuingDraft(), subject: encodeSubject({ commonName: 'Issuing' }) }),
    () =>
      contextOf('subordinate', [
        withExtensions(rootDraft(), [nameConstraints({ permitted: { dns: ['example.com'] } })]),
      ]),
  ],
  [
    'purposes_nested',
    'clientAuth below serverAuth',
    () => parsed(leaf),
    () => purposeContext([OID.serverAuth]),
  ],
  ['policies_nested', 'none, where the chain requires one', () => parsed(leaf), () => policyContext('leaf')],
  [
    'policies_nested',
    'another than the chain has',
    () => leafWith([certificatePolicies([{ oid: '1.2.4' }])]),
    () => policyContext('leaf'),
  ],
  [
    'policies_nested',
    'an authority without one, where those below need one',
    () =>
      parsed({
        ...issuingDraft(),
        issuer: ISSUING,
        subject: encodeSubject({ commonName: 'Example Team' }),
        extensions: [
          ...withExtensions(issuingDraft(), [], [OID.authorityKeyIdentifier]).extensions,
          authorityKeyIdentifier(keyIdentifierOf(SPKI.issuing)),
        ],
      }),
    () => policyContext('subordinate'),
  ],
  [
    'policies_nested',
    'below a chain that has failed already',
    () => leafWith([certificatePolicies([{ oid: '1.2.3' }])]),
    () =>
      contextOf('leaf', [
        withExtensions(issuingDraft(), [
          certificatePolicies([{ oid: '1.2.3' }]),
          raw(OID.policyMappings, true, sequence(sequence(oid(OID.anyPolicy), oid('1.2.3')))),
        ]),
        rootDraft(),
      ]),
  ],
  [
    'policies_once',
    'twice',
    () =>
      leafWith([
        raw(OID.certificatePolicies, false, sequence(sequence(oid('1.2.3')), sequence(oid('1.2.3')))),
      ]),
  ],
  [
    'policies_nested policy_mappings',
    'anyPolicy mapped',
    () => issuingWith([raw(OID.policyMappings, true, sequence(sequence(oid('1.2.3'), oid(OID.anyPolicy))))]),
    issuingContext,
  ],
  ['authority_key_identifier', 'missing', () => leafWith([], [OID.authorityKeyIdentifier])],
  [
    'authority_key_identifier',
    'of another key',
    () => leafWith([authorityKeyIdentifier(new Uint8Array(20))]),
  ],
  [
    'authority_key_identifier',
    'without the identifier',
    () => leafWith([raw(OID.authorityKeyIdentifier, false, sequence())]),
  ],
  [
    'authority_key_identifier',
    'of another key, in a root',
    () => parsed(withExtensions(rootDraft(), [authorityKeyIdentifier(new Uint8Array(20))])),
    rootContext,
  ],
  [
    'subject_present',
    'a nameless authority',
    () => parsed({ ...issuingDraft(), subject: EMPTY_NAME }),
    issuingContext,
  ],
  [
    'subject_present',
    'neither subject nor names',
    () => parsed({ ...withExtensions(leaf, [], [OID.subjectAltName]), subject: EMPTY_NAME }),
    () => ({ ...leafContext(), requireSubjectAltName: false }),
  ],
  ['subject_present', 'names not critical without a subject', () => parsed({ ...leaf, subject: EMPTY_NAME })],
  [
    'subject_bounds',
    'commonName of 65',
    () => named(sequence(attribute(OID.commonName, 0x0c, 'x'.repeat(65)))),
  ],
  ['subject_bounds', 'empty organization', () => named(sequence(attribute(OID.organization, 0x0c, '')))],
  ['subject_country', 'lower case', () => named(printable(OID.country, 'de'))],
  ['subject_country', 'UTF8String', () => named(sequence(attribute(OID.country, 0x0c, 'DE')))],
  ['subject_strings', 'TeletexString', () => named(sequence(attribute(OID.organization, 0x14, 'Example')))],
  [
    'names_present',
    'no names',
    () =>
      parsed({
        ...withExtensions(leaf, [], [OID.subjectAltName]),
        subject: encodeSubject({ organization: 'Example' }),
      }),
  ],
  [
    'names_canonical',
    'upper case',
    () => leafWith([names(...NAMES, { type: 'dns', value: 'WWW.example.org' })]),
  ],
  [
    'names_canonical',
    'underscore',
    () => leafWith([names(...NAMES, { type: 'dns', value: 'a_b.example.org' })]),
  ],
  [
    'names_canonical',
    'wildcard inside',
    () => leafWith([names(...NAMES, { type: 'dns', value: 'a.*.example.org' })]),
  ],
  [
    'names_canonical',
    'wildcard on a top-level name',
    () => leafWith([names(...NAMES, { type: 'dns', value: '*.com' })]),
  ],
  [
    'names_canonical',
    'an address as a dNSName',
    () => leafWith([names(...NAMES, { type: 'dns', value: '192.0.2.1' })]),
  ],
  [
    'names_canonical',
    'no mailbox',
    () => leafWith([names(...NAMES, { type: 'email', value: 'example.com' })]),
  ],
  ['names_canonical', 'relative URI', () => leafWith([names(...NAMES, { type: 'uri', value: '/path' })])],
  ['names_once', 'twice', () => leafWith([names(...NAMES, NAMES[0] as GeneralName)])],
  ['names_critical', 'needlessly critical', () => leafWith([{ ...names(...NAMES), critical: true }])],
  ['common_name', 'a host that is no name', () => named(encodeSubject({ commonName: 'other.example.com' }))],
  ['common_name', 'an address that is no name', () => named(encodeSubject({ commonName: '192.0.2.18' }))],
  [
    'extension_once',
    'twice',
    () => parsed({ ...leaf, extensions: [...leaf.extensions, subjectKeyIdentifier(new Uint8Array(20))] }),
  ],
  [
    'extension_readable',
    'rubbish in the URLs',
    () => leafWith([raw(OID.authorityInfoAccess, false, Uint8Array.of(4, 1, 0))]),
  ],
  [
    'extension_readable',
    'address of five octets',
    () =>
      parsed({
        ...withExtensions(leaf, [raw(OID.subjectAltName, false, sequence(element(0x87, new Uint8Array(5))))]),
        subject: encodeSubject({ organization: 'Example' }),
      }),
  ],
  ['extension_critical_unknown', 'unknown', () => leafWith([raw('1.3.6.1.4.1.99999.1', true, sequence())])],
  ['extension_critical_unknown', 'ocspNoCheck', () => leafWith([{ ...ocspNoCheck(), critical: true }])],
  [
    'extension_criticality',
    'key identifier',
    () => leafWith([{ ...subjectKeyIdentifier(new Uint8Array(20)), critical: true }]),
  ],
  [
    'extension_criticality',
    'name constraints',
    () => issuingWith([{ ...nameConstraints({ permitted: { dns: ['example.com'] } }), critical: false }]),
    issuingContext,
  ],
  [
    'extension_authority_only',
    'name constraints in a leaf',
    () => leafWith([nameConstraints({ permitted: { dns: ['example.com'] } })]),
  ],
  ['subject_key_identifier', 'missing', () => issuingWith([], [OID.subjectKeyIdentifier]), issuingContext],
  ['subject_key_identifier', 'four octets', () => leafWith([subjectKeyIdentifier(new Uint8Array(4))])],
  ['urls', 'https', () => leafWith([cRLDistributionPoints(['https://pki.example.com/crl'])])],
  ['urls', 'ldap', () => leafWith([authorityInfoAccess({ caIssuers: ['ldap://pki.example.com/cn=ca'] })])],
  [
    'urls',
    'no URL',
    () =>
      leafWith([
        raw(OID.cRLDistributionPoints, false, sequence(sequence(element(0x81, Uint8Array.of(7, 0x80))))),
      ]),
  ],
  [
    'urls',
    'user name',
    () =>
      leafWith([
        raw(
          OID.authorityInfoAccess,
          false,
          sequence(sequence(oid(OID.ocsp), element(0x86, Buffer.from('http://u:p@example.com')))),
        ),
      ]),
  ],
  ['revocation_pointer', 'none', () => leafWith([], [OID.cRLDistributionPoints, OID.authorityInfoAccess])],
  ['basic_constraints', 'an authority called leaf', () => leafWith([basicConstraints({ ca: true })])],
  ['basic_constraints', 'missing', () => issuingWith([], [OID.basicConstraints]), issuingContext],
  [
    'basic_constraints',
    'not critical',
    () => issuingWith([basicConstraints({ ca: true, pathLength: 0 }, false)]),
    issuingContext,
  ],
  ['basic_constraints', 'cA false', () => issuingWith([basicConstraints({ ca: false })]), issuingContext],
  ['path_length_place', 'in a leaf', () => leafWith([raw(OID.basicConstraints, true, sequence(integer(0)))])],
  ['key_usage_present', 'missing', () => issuingWith([], [OID.keyUsage]), issuingContext],
  ['key_usage_critical', 'not critical', () => leafWith([keyUsage(['digitalSignature'], false)])],
  [
    'key_usage_present',
    'empty',
    () => leafWith([raw(OID.keyUsage, true, Uint8Array.of(3, 1, 0))], [OID.extKeyUsage]),
  ],
  ['key_usage_kind', 'no cRLSign', () => issuingWith([keyUsage(['keyCertSign'])]), issuingContext],
  [
    'key_usage_kind',
    'keyCertSign in a leaf',
    () => leafWith([keyUsage(['digitalSignature', 'keyCertSign'])]),
  ],
  [
    'key_usage_encipherment',
    'keyEncipherment by EC',
    () => leafWith([keyUsage(['digitalSignature', 'keyEncipherment'])]),
  ],
  [
    'key_usage_encipherment',
    'dataEncipherment by Ed25519',
    () => keyed(SPKI.ed25519, ['digitalSignature', 'dataEncipherment']),
  ],
  ...(['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'encipherOnly', 'decipherOnly'] as const).map(
    (bit): Case => [
      bit.endsWith('Encipherment') ? 'key_usage_encipherment' : 'key_usage_key',
      `${bit} by ML-DSA (RFC 9881 §5)`,
      () => keyed(SPKI.mlDsa44, ['digitalSignature', bit]),
    ],
  ),
  ['key_usage_key', 'keyAgreement by RSA', () => keyed(SPKI.rsa, ['digitalSignature', 'keyAgreement'])],
  ['key_usage_key', 'encipherOnly alone', () => leafWith([keyUsage(['digitalSignature', 'encipherOnly'])])],
  ['purposes_once', 'twice', () => leafWith([extKeyUsage([OID.serverAuth, OID.serverAuth])])],
  ['purposes_any', 'any', () => leafWith([extKeyUsage([OID.serverAuth, OID.anyExtendedKeyUsage])])],
  ['purposes_key_usage', 'clientAuth with keyEncipherment only', () => keyed(SPKI.rsa, ['keyEncipherment'])],
  ['purposes_time_stamping', 'not critical', () => leafWith([extKeyUsage([OID.timeStamping])])],
  [
    'purposes_time_stamping',
    'among others',
    () => leafWith([extKeyUsage([OID.timeStamping, OID.serverAuth], true)]),
  ],
  ['key_kind', 'secp256k1', () => withKey({ algorithm: undefined, curveOid: '1.3.132.0.10' })],
  ['rsa_size', '2041 bits', () => rsaOf(soundFrom((1n << 2040n) + 1n))],
  ['rsa_size', '1024 bits', () => rsaOf(modulusOf(spkiOf(1024)))],
  ['rsa_exponent', '3', () => rsaOf(SOUND, 3n)],
  ['rsa_exponent', 'even', () => rsaOf(SOUND, 65_538n)],
  ['rsa_exponent', '2^256 + 1', () => rsaOf(SOUND, (1n << 256n) + 1n)],
  ['rsa_small_factor', 'even modulus', () => rsaOf(SOUND + 1n)],
  ['rsa_small_factor', 'a factor of 751', () => rsaOf(oddMultiple(751n))],
  ['rsa_roca', 'the fingerprint', () => rsaOf(rocaModulus())],
  ['rsa_close_primes', 'neighbouring primes', () => rsaOf(closePrimes())],
  [
    'ec_point',
    'not on the curve',
    () => withKey({ point: flipped(parsePublicKey(SPKI.leaf, 'spki').point) }),
  ],
  ['ec_point', 'at infinity', () => withKey({ point: Uint8Array.of(0) })],
  [
    'ec_point',
    'x not below the prime',
    () =>
      withKey({
        point: Buffer.concat([Uint8Array.of(4), new Uint8Array(32).fill(0xff), new Uint8Array(32)]),
      }),
  ],
  [
    'ed25519_point',
    'the neutral element',
    () => withKey({ point: Uint8Array.of(1, ...new Uint8Array(31)) }, SPKI.ed25519),
  ],
  [
    'ed25519_point',
    'not canonical',
    () => withKey({ point: Uint8Array.of(0xf0, ...new Uint8Array(30).fill(0xff), 0x7f) }, SPKI.ed25519),
  ],
  [
    'ed25519_curve',
    'y = 2',
    () => ({
      ...issuingWith([]),
      publicKey: { ...parsePublicKey(SPKI.ed25519, 'spki'), point: Uint8Array.of(2, ...new Uint8Array(31)) },
    }),
    issuingContext,
  ],
]

function spkiOf(modulusLength: number): Uint8Array {
  return generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'der', type: 'spki' })
}
function flipped(point: Uint8Array | undefined): Uint8Array {
  const copy = Uint8Array.from(point ?? [])
  copy[64] = (copy[64] ?? 0) ^ 1
  return copy
}
/** A multiple of `factor`, of 2048 bits and odd. */
function oddMultiple(factor: bigint): bigint {
  return (((1n << 2047n) / factor) | 1n) * factor + 2n * factor
}

describe('each rule finds what breaks it, and nothing else does', () => {
  for (const [rules, what, tbs, context = leafContext] of CASES)
    test(`${rules}: ${what}`, () => {
      const findings = lint(tbs(), context())
      expect(ids(findings)).toEqual(rules.split(' '))
      for (const { message, field, source } of findings) expect([message, field, source]).not.toContain('')
    })

  test('every rule of the table has such a case', () => {
    const tried = new Set(CASES.flatMap(([rules]) => rules.split(' ')))
    expect(LINT_RULES.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([])
    expect(new Set(LINT_RULES.map(({ id }) => id)).size).toBe(LINT_RULES.length)
    for (const { source } of LINT_RULES) expect(source).toMatch(/§|Appendix|CVE/)
  })
})

describe('what is in order has no findings', () => {
  test.each<[string, () => CertificateDraft, () => LintContext]>([
    ['root', rootDraft, rootContext],
    [
      'root with authorityKeyIdentifier',
      () => withExtensions(rootDraft(), [authorityKeyIdentifier(keyIdentifierOf(SPKI.root))]),
      rootContext,
    ],
    ['root until 2055', () => ({ ...rootDraft(), notAfter: Date.UTC(2055, 0, 1) }), rootContext],
    ['issuing authority', issuingDraft, issuingContext],
    ['leaf', () => leafDraft(), leafContext],
    [
      'leaf without subject',
      () => withExtensions({ ...leafDraft(), subject: EMPTY_NAME }, [subjectAltName(NAMES, EMPTY_NAME)]),
      leafContext,
    ],
    [
      'RSA leaf',
      () =>
        withExtensions({ ...leafDraft(), spki: SPKI.rsa }, [
          keyUsage(['digitalSignature', 'keyEncipherment']),
        ]),
      leafContext,
    ],
    ['Ed25519 leaf', () => ({ ...leafDraft(), spki: SPKI.ed25519 }), leafContext],
    [
      'leaf within name constraints',
      () => leafDraft(),
      () => constrained({ permitted: { dns: ['example.com'], ip: ['192.0.2.0/24'] } }),
    ],
    [
      'a person’s common name below excluded hosts',
      () => ({
        ...withExtensions(leafDraft(), [], [OID.subjectAltName]),
        subject: encodeSubject({ commonName: 'Jane Doe' }),
      }),
      () => ({ ...constrained({ excluded: { dns: ['example.org'] } }), requireSubjectAltName: false }),
    ],
    [
      'an authority called like a host that is permitted, or in two words',
      () => ({
        ...issuingDraft(),
        subject: sequence(
          attribute(OID.commonName, 0x0c, 'ca.example.org'),
          attribute(OID.commonName, 0x0c, 'Example Issuing'),
        ),
      }),
      () =>
        contextOf('subordinate', [
          withExtensions(rootDraft(), [nameConstraints({ permitted: { dns: ['example.org'] } })]),
        ]),
    ],
    [
      'OCSP responder below purposes that leave it out',
      () => withExtensions(leafDraft(), [extKeyUsage([OID.ocspSigning]), ocspNoCheck()]),
      () => purposeContext([OID.serverAuth]),
    ],
    [
      'client without names',
      () => ({
        ...withExtensions(leafDraft(), [], [OID.subjectAltName]),
        subject: encodeSubject({ commonName: 'jane.doe' }),
      }),
      () => ({ ...leafContext(), requireSubjectAltName: false }),
    ],
    [
      'short-lived leaf without revocation',
      () => ({
        ...withExtensions(leafDraft(), [], [OID.cRLDistributionPoints, OID.authorityInfoAccess]),
        notAfter: NOW + 6 * DAY,
      }),
      leafContext,
    ],
    [
      'authority with purposes and constraints',
      () =>
        withExtensions(issuingDraft(), [
          extKeyUsage([OID.serverAuth]),
          nameConstraints({ permitted: { dns: ['example.com'] } }),
        ]),
      issuingContext,
    ],
    [
      'leaf with the policy that is required',
      () => withExtensions(leafDraft(), [certificatePolicies([{ oid: '1.2.3' }])]),
      () => policyContext('leaf'),
    ],
    [
      'self-issued rollover below path length 0',
      () => ({
        ...withExtensions(issuingDraft(), [authorityKeyIdentifier(keyIdentifierOf(SPKI.issuing))]),
        issuer: issuingDraft().subject,
      }),
      () => contextOf('subordinate', [issuingDraft(), rootDraft()]),
    ],
  ])('%s', (_, draft, context) => {
    expect(lint(parsed(draft()), context())).toEqual([])
  })

  test('property: leaves with any valid names and times within the issuer', () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9]{0,10}[a-z])?$/)
    const dns = fc
      .array(label, { minLength: 2, maxLength: 4 })
      .map((labels): GeneralName => ({ type: 'dns', value: labels.join('.') }))
    const ip = fc
      .tuple(fc.nat(255), fc.nat(255))
      .map(([a, b]): GeneralName => ({ type: 'ip', value: `198.51.${a}.${b}` }))
    const list = fc.uniqueArray(fc.oneof(dns, ip), {
      minLength: 1,
      maxLength: 20,
      selector: ({ value }) => value,
    })
    const context = leafContext()
    fc.assert(
      fc.property(
        list,
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 1, max: 397 }),
        (found, serial, days) => {
          serial[0] = 0x9a
          const subject = encodeSubject({ organization: 'Example' })
          const draft = withExtensions(leafDraft(), [subjectAltName(found, subject)])
          expect(lint(parsed({ ...draft, subject, serial, notAfter: NOW + days * DAY }), context)).toEqual([])
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('bytes from strangers', () => {
  const table = new Map(LINT_RULES.map(({ id, severity, source }) => [id, { severity, source }]))
  const bytes = [leafDraft(), issuingDraft(), { ...leafDraft(), spki: SPKI.rsa }].map(encodeTbs)

  test('property: mutated TBS bytes end in findings of the table or in a ChanceryError', () => {
    const contexts = [leafContext(), issuingContext(), rootContext()]
    let linted = 0
    let found = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...bytes),
        fc.array(fc.tuple(fc.nat(4095), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(...contexts),
        (original, changes, context) => {
          const mutated = Uint8Array.from(original)
          for (const [at, value] of changes) mutated[at % mutated.length] = value
          let tbs: ParsedTbs
          try {
            tbs = parseTbs(mutated)
          } catch (error) {
            expect(error).toBeInstanceOf(ChanceryError)
            return
          }
          linted++
          for (const { rule, severity, source } of lint(tbs, context)) {
            found++
            expect(table.get(rule)).toEqual({ severity, source })
          }
        },
      ),
      { numRuns: 4000 },
    )
    expect(linted).toBeGreaterThan(100)
    expect(found).toBeGreaterThan(100)
  })

  test('property: rubbish in any extension is a finding, never an exception', () => {
    const context = leafContext()
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(OID)),
        fc.boolean(),
        fc.uint8Array({ maxLength: 40 }),
        (type, critical, value) => {
          const tbs = parsed(
            withExtensions(leafDraft(), [
              raw(type, critical, octetString(value)),
              raw(type, critical, value),
            ]),
          )
          expect(ids(lint(tbs, context))).toContain('extension_once')
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('issuerFactsOf', () => {
  const facts = (...chain: CertificateDraft[]) => issuerFactsOf(chain.map(unsigned))
  const middle = (): CertificateDraft => ({
    ...issuingDraft(),
    subject: encodeSubject({ commonName: 'Example Middle' }),
  })
  const below = (): CertificateDraft => ({ ...issuingDraft(), issuer: middle().subject })

  test('takes the least path length, counted from where it stands', () => {
    const unlimited = (draft: CertificateDraft) => withExtensions(draft, [basicConstraints({ ca: true })])
    const limited = (draft: CertificateDraft, pathLength: number) =>
      withExtensions(draft, [basicConstraints({ ca: true, pathLength })])
    expect(facts(rootDraft()).pathLength).toBe(Number.POSITIVE_INFINITY)
    expect(facts(unlimited(below()), unlimited(middle()), limited(rootDraft(), 3)).pathLength).toBe(1)
    expect(facts(unlimited(below()), limited(middle(), 1), limited(rootDraft(), 3)).pathLength).toBe(0)
    expect(facts(limited(below(), 0), limited(middle(), 2), limited(rootDraft(), 3)).pathLength).toBe(0)
    expect(facts(limited(below(), 9), limited(middle(), 2), limited(rootDraft(), 3)).pathLength).toBe(1)
  })

  test('is valid while all of the chain is', () => {
    const shorter = { ...rootDraft(), notBefore: NOW - 1000, notAfter: NOW + DAY }
    expect(facts(issuingDraft(), shorter)).toMatchObject({ notBefore: NOW - 1000, notAfter: NOW + DAY })
  })

  test('intersects purposes, and collects name constraints of every authority', () => {
    const chain = facts(
      withExtensions(below(), [
        extKeyUsage([OID.serverAuth, OID.codeSigning]),
        nameConstraints({ permitted: { dns: ['a.example'] } }),
      ]),
      withExtensions(middle(), [extKeyUsage([OID.anyExtendedKeyUsage])]),
      withExtensions(rootDraft(), [
        extKeyUsage([OID.serverAuth, OID.clientAuth]),
        nameConstraints({ excluded: { dns: ['b.example'] } }),
      ]),
    )
    expect([...(chain.purposes ?? [])]).toEqual([OID.serverAuth])
    expect(chain.constraints).toHaveLength(2)
  })

  test.each<[string, () => unknown]>([
    ['empty', () => issuerFactsOf([])],
    ['not linked', () => facts(below(), rootDraft())],
    [
      'unreadable',
      () => facts(withExtensions(issuingDraft(), [raw(OID.nameConstraints, true, sequence())]), rootDraft()),
    ],
  ])('refuses a chain that is %s', (_, run) => {
    expect(run).toThrow(ChanceryError)
    expect(run).toThrow(/^chain/)
  })
})
