import type { CertificateJson, CertificateSummaryJson } from '../../../contract/schemas/certificates.ts'
import type { ExportedFileJson } from '../../../contract/schemas/exports.ts'
import type { NamesJson } from '../../../contract/schemas/names.ts'
import { arns } from '../../../core/domain/arns.ts'
import { certificateStatus, issuerPlaceOf, type Certificate } from '../../../core/domain/certificates.ts'
import { certificateIdOf } from '../../../core/domain/ids.ts'
import type { GeneralName } from '../../../core/domain/names.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import {
  certificateFacts,
  certificatePem,
  fingerprintOf,
} from '../../../core/operations/certificates/certificate-facts.ts'
import type { ExportedFile } from '../../../core/operations/certificates/exported-file.ts'
import { chainPem } from './pem-texts.ts'

/** A certificate as lists show it, without its PEM. */
export function certificateSummaryJson(certificate: Certificate, now: Millis): CertificateSummaryJson {
  const { subject, names, keyAlgorithm } = certificateFacts(certificate.der)
  const { authority, serial, revocation } = certificate
  return {
    id: certificateIdOf(authority, serial),
    arn: arns.certificate(issuerPlaceOf(certificate), authority, serial),
    account: certificate.account,
    region: certificate.region,
    authority,
    serial,
    status: certificateStatus(certificate, now),
    profile: certificate.profile,
    subject,
    names: namesJson(names),
    notBefore: isoOf(certificate.notBefore),
    notAfter: isoOf(certificate.notAfter),
    issuedAt: isoOf(certificate.issuedAt),
    keyAlgorithm,
    fingerprintSha256: fingerprintOf(certificate.der),
    hasKey: certificate.key !== undefined,
    ...(revocation === undefined
      ? {}
      : { revocation: { revokedAt: isoOf(revocation.revokedAt), reason: revocation.reason } }),
    warnings: [...certificate.warnings],
  }
}

/** A certificate with its own PEM and its chain's. */
export function certificateJson(
  certificate: Certificate,
  chain: readonly Uint8Array[],
  now: Millis,
): CertificateJson {
  return {
    ...certificateSummaryJson(certificate, now),
    certificate: certificatePem(certificate.der),
    chain: chain.map(chainPem),
  }
}

/** Names by kind, kinds without names left out. */
export function namesJson(names: readonly GeneralName[]): NamesJson {
  const byKind: { -readonly [Kind in keyof NamesJson]: NamesJson[Kind] } = {}
  for (const name of names) {
    if (name.type === 'other') (byKind.other ??= []).push({ oid: name.oid, value: name.value })
    else (byKind[name.type] ??= []).push(name.value)
  }
  return byKind
}

/** A file in JSON, its octets in base64. */
export const exportedFileJson = ({ mediaType, fileName, bytes }: ExportedFile): ExportedFileJson => ({
  mediaType,
  fileName,
  content: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
})
