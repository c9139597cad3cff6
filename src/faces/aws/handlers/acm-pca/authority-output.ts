import { arns } from '../../../../core/domain/arns.ts'
import { authorityStatus, type Authority } from '../../../../core/domain/authorities.ts'
import type { Millis } from '../../../../core/domain/time.ts'
import { authoritySubject } from '../../../../core/operations/authorities/authority-subject.ts'
import type { OutputOf } from '../../service-model.ts'
import type { ACM_PCA } from '../../models/acm-pca/model.ts'
import { revocationOutput } from './revocation.ts'
import { asn1Subject } from './subjects.ts'

type Described = NonNullable<
  OutputOf<typeof ACM_PCA.operations.DescribeCertificateAuthority>['CertificateAuthority']
>
/** An authority as acm-pca shows it. */
export function authorityOutput(authority: Authority, now: Millis): Described {
  const { certificate, deletion } = authority
  return {
    Arn: arns.authority(authority, authority.id),
    OwnerAccount: authority.account,
    CreatedAt: authority.createdAt,
    Type: authority.kind === 'root' ? 'ROOT' : 'SUBORDINATE',
    Status: authorityStatus(authority, now),
    FailureReason: authority.failureReason,
    RestorableUntil: deletion?.restorableUntil,
    // In decimal, as AWS has it here and nowhere else.
    Serial: certificate === undefined ? undefined : BigInt(`0x${certificate.serial}`).toString(),
    NotBefore: certificate?.notBefore,
    NotAfter: certificate?.notAfter,
    CertificateAuthorityConfiguration: {
      KeyAlgorithm: authority.keyAlgorithm as 'EC_prime256v1',
      SigningAlgorithm: authority.signatureAlgorithm as 'SHA256WITHECDSA',
      Subject: asn1Subject(authoritySubject(authority)),
    },
    RevocationConfiguration: revocationOutput(authority.revocation),
    KeyStorageSecurityStandard: authority.keyStorageStandard,
    UsageMode: authority.usageMode,
  }
}
