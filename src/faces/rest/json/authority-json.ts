import type { AuthorityJson, AuthoritySummaryJson } from '../../../contract/schemas/authorities.ts'
import type { NameConstraintsJson } from '../../../contract/schemas/names.ts'
import { arns } from '../../../core/domain/arns.ts'
import { authorityStatus, type Authority } from '../../../core/domain/authorities.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import { crlUrl } from '../../../core/operations/authorities/signing-authority.ts'
import { fingerprintOf } from '../../../core/operations/certificates/certificate-facts.ts'
import { chainPem } from './pem-texts.ts'

/** An authority as lists show it. */
export function authoritySummaryJson(
  authority: Authority,
  now: Millis,
  publicUrl: string | undefined,
): AuthoritySummaryJson {
  const { certificate, parent, pathLength, nameConstraints, failureReason, deletion } = authority
  return {
    id: authority.id,
    arn: arns.authority(authority, authority.id),
    account: authority.account,
    region: authority.region,
    name: authority.name,
    kind: authority.kind,
    ...(parent === undefined ? {} : { parent }),
    status: authorityStatus(authority, now),
    ...(failureReason === undefined ? {} : { failureReason }),
    ...(deletion === undefined ? {} : { restorableUntil: isoOf(deletion.restorableUntil) }),
    ...(deletion?.purgedAt === undefined ? {} : { purgedAt: isoOf(deletion.purgedAt) }),
    keyAlgorithm: authority.keyAlgorithm,
    signatureAlgorithm: authority.signatureAlgorithm,
    usageMode: authority.usageMode,
    renewal: authority.renewal,
    caa: authority.caa,
    ...(authority.successor === undefined ? {} : { successor: authority.successor }),
    subject: authority.subject,
    ...(pathLength === undefined ? {} : { pathLength }),
    // The same members, there with readonly lists.
    ...(nameConstraints === undefined ? {} : { nameConstraints: nameConstraints as NameConstraintsJson }),
    ...(authority.allowedProfiles === undefined ? {} : { allowedProfiles: [...authority.allowedProfiles] }),
    crlDays: authority.crlDays,
    isDefault: authority.isDefault,
    createdAt: isoOf(authority.createdAt),
    ...(certificate === undefined
      ? {}
      : {
          serial: certificate.serial,
          notBefore: isoOf(certificate.notBefore),
          notAfter: isoOf(certificate.notAfter),
          fingerprintSha256: fingerprintOf(certificate.der),
        }),
    // Certificates of a short-lived authority name none.
    ...(publicUrl === undefined || authority.usageMode === 'SHORT_LIVED_CERTIFICATE'
      ? {}
      : { crlUrl: crlUrl(publicUrl, authority.id) }),
  }
}

/** An authority with its certificate and its issuers'. */
export function authorityJson(
  authority: Authority,
  issuers: readonly Uint8Array[],
  now: Millis,
  publicUrl: string | undefined,
): AuthorityJson {
  return {
    ...authoritySummaryJson(authority, now, publicUrl),
    ...(authority.certificate === undefined ? {} : { certificate: chainPem(authority.certificate.der) }),
    chain: issuers.map(chainPem),
  }
}
