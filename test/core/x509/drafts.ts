import { generateKeyPairSync } from 'node:crypto'
import { DAY } from '../../../src/core/domain/time.ts'
import { assembleCertificate, encodeTbs, parseCertificate } from '../../../src/core/x509/certificate.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  cRLDistributionPoints,
  extKeyUsage,
  keyUsage,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../../src/core/x509/extensions.ts'
import { issuerFactsOf } from '../../../src/core/x509/lint.ts'
import { OID } from '../../../src/core/x509/oids.ts'
import { keyIdentifierOf } from '../../../src/core/x509/public-keys.ts'
import type { GeneralName } from '../../../src/core/domain/names.ts'
import type { LintContext } from '../../../src/core/x509/lint.ts'
import type { CertificateDraft, Extension, ParsedCertificate } from '../../../src/core/x509/types.ts'

/** The moment at which all drafts here are made. */
export const NOW = Date.UTC(2026, 5, 15, 12, 0, 0)

const ecSpki = (namedCurve = 'P-256'): Uint8Array =>
  Uint8Array.from(generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'der', type: 'spki' }))
export const SPKI = {
  root: ecSpki(),
  issuing: ecSpki(),
  leaf: ecSpki(),
  rsa: Uint8Array.from(
    generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'der', type: 'spki' }),
  ),
  mlDsa44: Uint8Array.from(
    generateKeyPairSync('ml-dsa-44').publicKey.export({ format: 'der', type: 'spki' }),
  ),
  ed25519: Uint8Array.from(generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' })),
} as const

export const NAMES: readonly GeneralName[] = [
  { type: 'dns', value: 'www.example.com' },
  { type: 'dns', value: '*.api.example.com' },
  { type: 'ip', value: '192.0.2.17' },
]
const SERIAL = Uint8Array.from({ length: 16 }, (_, place) => place * 7 + 0x81)
const ROOT_NAME = encodeSubject({ organization: 'Example', commonName: 'Example Root' })
const ISSUING_NAME = encodeSubject({ organization: 'Example', commonName: 'Example Issuing' })

/** A draft with some extensions in place of those of the same OID, or without them. */
export function withExtensions(
  draft: CertificateDraft,
  replaced: readonly Extension[],
  removed: readonly string[] = [],
): CertificateDraft {
  const gone = new Set([...removed, ...replaced.map(({ oid }) => oid)])
  return { ...draft, extensions: [...draft.extensions.filter(({ oid }) => !gone.has(oid)), ...replaced] }
}

export const rootDraft = (): CertificateDraft => ({
  serial: SERIAL,
  signatureAlgorithm: 'SHA256WITHECDSA',
  issuer: ROOT_NAME,
  subject: ROOT_NAME,
  notBefore: NOW - DAY,
  notAfter: NOW + 3650 * DAY,
  spki: SPKI.root,
  extensions: [
    basicConstraints({ ca: true }),
    keyUsage(['keyCertSign', 'cRLSign']),
    subjectKeyIdentifier(keyIdentifierOf(SPKI.root)),
  ],
})

export const issuingDraft = (): CertificateDraft => ({
  ...rootDraft(),
  subject: ISSUING_NAME,
  notAfter: NOW + 1825 * DAY,
  spki: SPKI.issuing,
  extensions: [
    basicConstraints({ ca: true, pathLength: 0 }),
    keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
    subjectKeyIdentifier(keyIdentifierOf(SPKI.issuing)),
    authorityKeyIdentifier(keyIdentifierOf(SPKI.root)),
    cRLDistributionPoints(['http://pki.example.com/root.crl']),
  ],
})

export function leafDraft(names: readonly GeneralName[] = NAMES): CertificateDraft {
  const subject = encodeSubject({ commonName: 'www.example.com' })
  return {
    ...rootDraft(),
    issuer: ISSUING_NAME,
    subject,
    notBefore: NOW - 3_600_000,
    notAfter: NOW + 90 * DAY,
    spki: SPKI.leaf,
    extensions: [
      basicConstraints({ ca: false }),
      keyUsage(['digitalSignature']),
      extKeyUsage([OID.serverAuth, OID.clientAuth]),
      subjectAltName(names, subject),
      subjectKeyIdentifier(keyIdentifierOf(SPKI.leaf)),
      authorityKeyIdentifier(keyIdentifierOf(SPKI.issuing)),
      cRLDistributionPoints(['http://pki.example.com/issuing.crl']),
      authorityInfoAccess({
        ocsp: ['http://ocsp.example.com'],
        caIssuers: ['http://pki.example.com/issuing.cer'],
      }),
    ],
  }
}

/** A certificate whose signature is no signature: chains are read for what they say here, not verified. */
export const unsigned = (draft: CertificateDraft): ParsedCertificate =>
  parseCertificate(assembleCertificate(encodeTbs(draft), draft.signatureAlgorithm, new Uint8Array(70)))

export const contextOf = (kind: LintContext['kind'], chain: readonly CertificateDraft[]): LintContext => ({
  kind,
  now: NOW,
  requireSubjectAltName: kind === 'leaf',
  ...(chain.length > 0 && { issuer: issuerFactsOf(chain.map(unsigned)) }),
})
export const rootContext = (): LintContext => contextOf('root', [])
export const issuingContext = (): LintContext => contextOf('subordinate', [rootDraft()])
export const leafContext = (): LintContext => contextOf('leaf', [issuingDraft(), rootDraft()])
