import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto'
import { DAY } from '../../../src/core/domain/time.ts'
import type { Authority } from '../../../src/core/domain/authorities.ts'
import { assembleCertificate, encodeTbs } from '../../../src/core/x509/certificate.ts'
import { parseCsr } from '../../../src/core/x509/csr.ts'
import { encodeSubject } from '../../../src/core/x509/distinguished-names.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  keyUsage,
  subjectKeyIdentifier,
} from '../../../src/core/x509/extensions.ts'
import { keyIdentifierOf } from '../../../src/core/x509/public-keys.ts'
import { pemEncode } from '../../../src/core/x509/pem.ts'
import type { CertificateDraft, Extension } from '../../../src/core/x509/types.ts'
import { TEST_NOW } from './ports.ts'

/** Somebody else's authority: a name, a key and a certificate. */
export type Outsider = { readonly subject: Uint8Array; readonly key: KeyObject; readonly der: Uint8Array }

export type Certifying = {
  readonly issuer?: Outsider
  readonly subject: Uint8Array
  readonly spki: Uint8Array
  readonly serial?: Uint8Array
  readonly notBefore?: number
  readonly notAfter?: number
  /** In place of those of the same OID. */
  readonly extensions?: readonly Extension[]
  readonly without?: readonly string[]
  /** Signs in place of the issuer. */
  readonly signer?: KeyObject
}

export const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
export const spkiOf = (key: KeyObject): Uint8Array =>
  Uint8Array.from(
    createPublicKey(createPrivateKey(key.export({ format: 'pem', type: 'pkcs8' }))).export({
      format: 'der',
      type: 'spki',
    }),
  )

/** A certificate for an authority by an outsider, as a careful one would make it but for what is told. */
export function certified(key: KeyObject | undefined, it: Certifying): Uint8Array {
  const { issuer, subject, spki, extensions = [], without = [] } = it
  const issuerSpki = issuer === undefined ? spki : spkiOf(issuer.key)
  const usual = [
    basicConstraints({ ca: true }),
    keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
    subjectKeyIdentifier(keyIdentifierOf(spki)),
    authorityKeyIdentifier(keyIdentifierOf(issuerSpki)),
  ]
  const replaced = new Set([...without, ...extensions.map(({ oid }) => oid)])
  const draft: CertificateDraft = {
    serial: it.serial ?? Uint8Array.from(randomBytes(16)),
    signatureAlgorithm: 'SHA256WITHECDSA',
    issuer: issuer?.subject ?? subject,
    subject,
    notBefore: it.notBefore ?? TEST_NOW - DAY,
    notAfter: it.notAfter ?? TEST_NOW + 3650 * DAY,
    spki,
    extensions: [...usual.filter(({ oid }) => !replaced.has(oid)), ...extensions],
  }
  const tbs = encodeTbs(draft)
  const signer = it.signer ?? issuer?.key ?? key
  if (signer === undefined) throw new Error('nobody signs')
  return assembleCertificate(tbs, draft.signatureAlgorithm, Uint8Array.from(sign('sha256', tbs, signer)))
}

/** An outsider, a root unless it has an issuer. */
export function anOutsider(
  commonName: string,
  more: Partial<Omit<Certifying, 'subject' | 'spki'>> = {},
): Outsider {
  const key = newKey()
  const subject = encodeSubject({ commonName })
  return { subject, key, der: certified(key, { ...more, subject, spki: spkiOf(key) }) }
}

/** What an outsider makes of an authority's certification request. */
export function certifiedFor(
  authority: Pick<Authority, 'csrDer'>,
  issuer: Outsider,
  more: Partial<Certifying> = {},
): Uint8Array {
  const { subject, publicKey } = parseCsr(authority.csrDer ?? new Uint8Array(), 'csr')
  return certified(undefined, { issuer, subject, spki: publicKey.spki, ...more })
}

export const pemOf = (...certificates: readonly Uint8Array[]): string =>
  certificates.map((der) => pemEncode('CERTIFICATE', der)).join('')
