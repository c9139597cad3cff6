import type { AuthorityJson, AuthoritySummaryJson } from '../../../contract/schemas/authorities.ts'
import type { RevocationConfigurationJson } from '../../../contract/schemas/revocation-configuration.ts'
import type { NameConstraintsJson } from '../../../contract/schemas/names.ts'
import { arns } from '../../../core/domain/arns.ts'
import { authorityStatus, type Authority } from '../../../core/domain/authorities.ts'
import { namesCompleteCrl } from '../../../core/domain/revocation-configuration.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import { crlUrl } from '../../../core/operations/revocation/repository-urls.ts'
import { fingerprintOf } from '../../../core/operations/certificates/certificate-facts.ts'
import { defined } from '../defined.ts'
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
    ...(authority.keyStorageStandard === undefined
      ? {}
      : { keyStorageStandard: authority.keyStorageStandard }),
    usageMode: authority.usageMode,
    renewal: authority.renewal,
    caa: authority.caa,
    ...(authority.successor === undefined ? {} : { successor: authority.successor }),
    subject: authority.subject,
    ...(pathLength === undefined ? {} : { pathLength }),
    // The same members, there with readonly lists.
    ...(nameConstraints === undefined ? {} : { nameConstraints: nameConstraints as NameConstraintsJson }),
    ...(authority.allowedProfiles === undefined ? {} : { allowedProfiles: [...authority.allowedProfiles] }),
    revocation: revocationJson(authority.revocation),
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
    ...crlUrlOf(authority, publicUrl),
  }
}

/** Where the complete CRL is, where new certificates name it. */
function crlUrlOf(authority: Authority, publicUrl: string | undefined): { crlUrl?: string } {
  const url = namesCompleteCrl(authority.revocation) ? crlUrl({ publicUrl }, authority) : undefined
  return url === undefined ? {} : { crlUrl: url }
}

const revocationJson = ({ crl, ocsp, caIssuers }: Authority['revocation']): RevocationConfigurationJson => {
  const { enabled, kind, hours, omitExtension, objectAcl, deltaHours, host, path, bucket } = crl
  return {
    crl: {
      ...{ enabled, kind, hours, omitExtension, objectAcl },
      ...defined({ deltaHours, host, path, bucket }),
    },
    ocsp: { enabled: ocsp.enabled, hours: ocsp.hours, ...defined({ host: ocsp.host }) },
    caIssuers,
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
