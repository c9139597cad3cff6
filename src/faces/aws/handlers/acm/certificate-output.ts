import { arns } from '../../../../core/domain/arns.ts'
import {
  domainNameOf,
  isExported,
  managedStatus,
  renewalObstacle,
  type ManagedCertificate,
} from '../../../../core/domain/managed-certificates.ts'
import type { Millis } from '../../../../core/domain/time.ts'
import type { ManagedDetail } from '../../../../core/operations/managed/managed-detail.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as searchShapes from '../../models/acm/search-shapes.ts'
import { distinguishedName, generalNames, serialText } from './names.ts'
import {
  exportName,
  KEY_USAGE_NAMES,
  managerName,
  originOf,
  purposeName,
  REASON_NAMES,
  spokenAlgorithm,
  TYPES,
} from './vocabulary.ts'

/** What every view of a certificate has. */
export function commonMembers(managed: ManagedCertificate, now: Millis) {
  const { current, kind, revocation } = managed
  return {
    Status: managedStatus(managed, now),
    Type: TYPES[kind],
    RenewalEligibility: renewalObstacle(managed, now) === undefined ? 'ELIGIBLE' : 'INELIGIBLE',
    CreatedAt: managed.createdAt,
    IssuedAt: kind === 'imported' ? undefined : current?.createdAt,
    ImportedAt: kind === 'imported' ? current?.createdAt : undefined,
    RevokedAt: revocation?.revokedAt,
    ManagedBy: managerName(managed.managedBy),
    CertificateKeyPairOrigin: originOf(kind),
  } as const
}

/** The reason of a revocation, which only some views have. */
export const reasonName = ({ revocation }: ManagedCertificate) =>
  revocation === undefined ? undefined : REASON_NAMES[revocation.reason]

type Summary = ValueOf<typeof searchShapes.CertificateSummary>

/** As lists have it. */
export function summaryOutput(managed: ManagedCertificate, now: Millis): Summary {
  const { current, names, kind } = managed
  return {
    CertificateArn: arns.managed(managed, managed.id),
    DomainName: domainNameOf(managed) || current?.facts?.commonName,
    SubjectAlternativeNameSummaries: names,
    // No certificate here has more names than a summary shows.
    HasAdditionalSubjectAlternativeNames: false,
    KeyAlgorithm: spokenAlgorithm(managed.keyAlgorithm),
    KeyUsages: current?.facts?.keyUsages.map((usage) => KEY_USAGE_NAMES[usage]) ?? [],
    ExtendedKeyUsages: current?.facts?.extendedKeyUsages.map(purposeName) ?? [],
    ExportOption: exportName(managed.exportable),
    InUse: managed.inUseBy.length > 0,
    Exported: kind === 'imported' ? undefined : isExported(managed),
    NotBefore: current?.notBefore,
    NotAfter: current?.notAfter,
    ...commonMembers(managed, now),
  }
}

type SearchResult = ValueOf<typeof searchShapes.CertificateSearchResult>

/** As searches have it. */
export const searchResult = (
  { managed, detail }: Pick<ManagedDetail, 'managed' | 'detail'>,
  now: Millis,
): SearchResult => ({
  CertificateArn: arns.managed(managed, managed.id),
  X509Attributes: x509Attributes(managed, detail),
  CertificateMetadata: {
    AcmCertificateMetadata: {
      ...commonMembers(managed, now),
      Exported: managed.kind === 'imported' ? undefined : isExported(managed),
      InUse: managed.inUseBy.length > 0,
      RenewalStatus: managed.renewal?.status,
      ExportOption: exportName(managed.exportable),
      ValidationMethod: managed.validationMethod,
    },
  },
})

/** Of one that is pending, what was asked for. */
function x509Attributes(
  { names, keyAlgorithm, current }: ManagedCertificate,
  detail: ManagedDetail['detail'],
): SearchResult['X509Attributes'] {
  if (detail === undefined || current === undefined)
    return {
      Subject: { CommonName: names[0] },
      SubjectAlternativeNames: names.map((name) => ({ DnsName: name })),
      KeyAlgorithm: spokenAlgorithm(keyAlgorithm),
      KeyUsages: [],
      ExtendedKeyUsages: [],
    }
  return {
    Issuer: distinguishedName(detail.issuer),
    Subject: distinguishedName(detail.subject),
    SubjectAlternativeNames: generalNames(detail.names),
    KeyAlgorithm: spokenAlgorithm(keyAlgorithm),
    KeyUsages: detail.keyUsages.map((usage) => KEY_USAGE_NAMES[usage]),
    ExtendedKeyUsages: detail.extendedKeyUsages.map(purposeName),
    SerialNumber: serialText(detail.serial),
    NotBefore: current.notBefore,
    NotAfter: current.notAfter,
  }
}
