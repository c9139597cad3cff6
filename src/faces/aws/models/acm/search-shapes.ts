import {
  boolean,
  integer,
  list,
  oneOf,
  recursive,
  required,
  string,
  structure,
  timestamp,
  union,
  type Shape,
} from '../../shapes/shape.ts'
import {
  AcmeAccountId,
  Arn,
  CertificateExport,
  CertificateKeyPairOrigin,
  CertificateManagedBy,
  CertificateStatus,
  CertificateType,
  DomainList,
  DomainNameString,
  ExtendedKeyUsageName,
  KeyAlgorithm,
  KeyUsageName,
  RenewalEligibility,
  RenewalStatus,
  ValidationMethod,
} from './shapes.ts'

/* What members of lists and searches are made of. */

export const CertificateStatuses = list(CertificateStatus)
export const CertificateKeyPairOrigins = list(CertificateKeyPairOrigin, { min: 1, max: 3 })
export const ExtendedKeyUsageFilterList = list(ExtendedKeyUsageName)
export const KeyUsageFilterList = list(KeyUsageName)
export const KeyAlgorithmList = list(KeyAlgorithm)
export const Filters = structure({
  extendedKeyUsage: ExtendedKeyUsageFilterList,
  keyUsage: KeyUsageFilterList,
  keyTypes: KeyAlgorithmList,
  exportOption: CertificateExport,
  managedBy: CertificateManagedBy,
})
export const SortBy = oneOf('CREATED_AT')
export const SortOrder = oneOf('ASCENDING', 'DESCENDING')
export const KeyUsageNames = list(KeyUsageName)
export const ExtendedKeyUsageNames = list(ExtendedKeyUsageName)
export const CertificateSummary = structure({
  CertificateArn: Arn,
  DomainName: DomainNameString,
  SubjectAlternativeNameSummaries: DomainList,
  HasAdditionalSubjectAlternativeNames: boolean,
  Status: CertificateStatus,
  Type: CertificateType,
  KeyAlgorithm,
  KeyUsages: KeyUsageNames,
  ExtendedKeyUsages: ExtendedKeyUsageNames,
  ExportOption: CertificateExport,
  InUse: boolean,
  Exported: boolean,
  RenewalEligibility,
  NotBefore: timestamp,
  NotAfter: timestamp,
  CreatedAt: timestamp,
  IssuedAt: timestamp,
  ImportedAt: timestamp,
  RevokedAt: timestamp,
  ManagedBy: CertificateManagedBy,
  CertificateKeyPairOrigin,
})
export const CertificateSummaryList = list(CertificateSummary)
export const CertificateFilterStatementList = list(
  recursive<unknown>((): Shape => CertificateFilterStatement),
  { min: 1, max: 15 },
)
export const FilterString = string({ min: 1, max: 256 })
export const ComparisonOperator = oneOf('CONTAINS', 'EQUALS')
export const CommonNameFilter = structure({
  Value: required(FilterString),
  ComparisonOperator: required(ComparisonOperator),
})
export const SubjectFilter = union({ CommonName: CommonNameFilter })
export const DnsNameFilter = structure({
  Value: required(FilterString),
  ComparisonOperator: required(ComparisonOperator),
})
export const SubjectAlternativeNameFilter = union({ DnsName: DnsNameFilter })
export const SerialNumber = string({ min: 2, max: 59, pattern: '[0-9a-f]{2}(:[0-9a-f]{2}){1,19}' })
export const TimestampRange = structure({ Start: timestamp, End: timestamp })
export const X509AttributeFilter = union({
  Subject: SubjectFilter,
  SubjectAlternativeName: SubjectAlternativeNameFilter,
  ExtendedKeyUsage: ExtendedKeyUsageName,
  KeyUsage: KeyUsageName,
  KeyAlgorithm,
  SerialNumber,
  NotAfter: TimestampRange,
  NotBefore: TimestampRange,
})
export const AcmCertificateMetadataFilter = union({
  Status: CertificateStatus,
  RenewalStatus,
  Type: CertificateType,
  InUse: boolean,
  Exported: boolean,
  ExportOption: CertificateExport,
  ManagedBy: CertificateManagedBy,
  ValidationMethod,
  CertificateKeyPairOrigin,
  AcmeEndpointArn: Arn,
  AcmeAccountId,
})
export const CertificateFilter = union({
  CertificateArn: Arn,
  X509AttributeFilter,
  AcmCertificateMetadataFilter,
})
export const CertificateFilterStatement = union({
  And: CertificateFilterStatementList,
  Or: CertificateFilterStatementList,
  Not: recursive<unknown>((): Shape => CertificateFilterStatement),
  Filter: CertificateFilter,
})
export const SearchMaxResults = integer({ min: 1, max: 500 })
export const SearchCertificatesSortBy = oneOf(
  'CREATED_AT',
  'NOT_AFTER',
  'STATUS',
  'RENEWAL_STATUS',
  'EXPORTED',
  'IN_USE',
  'NOT_BEFORE',
  'KEY_ALGORITHM',
  'TYPE',
  'CERTIFICATE_ARN',
  'COMMON_NAME',
  'REVOKED_AT',
  'RENEWAL_ELIGIBILITY',
  'ISSUED_AT',
  'MANAGED_BY',
  'EXPORT_OPTION',
  'VALIDATION_METHOD',
  'IMPORTED_AT',
  'ACME_ENDPOINT_ARN',
  'ACME_ACCOUNT_ID',
  'CERTIFICATE_KEY_PAIR_ORIGIN',
)
export const SearchCertificatesSortOrder = oneOf('ASCENDING', 'DESCENDING')
export const DomainComponentList = list(string())
export const CustomAttribute = structure({ ObjectIdentifier: string(), Value: string() })
export const CustomAttributeList = list(CustomAttribute)
export const DistinguishedName = structure({
  CommonName: string(),
  DomainComponents: DomainComponentList,
  Country: string(),
  CustomAttributes: CustomAttributeList,
  DistinguishedNameQualifier: string(),
  GenerationQualifier: string(),
  GivenName: string(),
  Initials: string(),
  Locality: string(),
  Organization: string(),
  OrganizationalUnit: string(),
  Pseudonym: string(),
  SerialNumber: string(),
  State: string(),
  Surname: string(),
  Title: string(),
})
export const OtherName = structure({ ObjectIdentifier: string(), Value: string() })
export const GeneralName = union({
  DirectoryName: DistinguishedName,
  DnsName: string(),
  IpAddress: string(),
  OtherName,
  RegisteredId: string(),
  Rfc822Name: string(),
  UniformResourceIdentifier: string(),
})
export const GeneralNameList = list(GeneralName)
export const X509Attributes = structure({
  Issuer: DistinguishedName,
  Subject: DistinguishedName,
  SubjectAlternativeNames: GeneralNameList,
  ExtendedKeyUsages: ExtendedKeyUsageNames,
  KeyAlgorithm,
  KeyUsages: KeyUsageNames,
  SerialNumber,
  NotAfter: timestamp,
  NotBefore: timestamp,
})
export const AcmCertificateMetadata = structure({
  CreatedAt: timestamp,
  Exported: boolean,
  ImportedAt: timestamp,
  InUse: boolean,
  IssuedAt: timestamp,
  RenewalEligibility,
  RevokedAt: timestamp,
  Status: CertificateStatus,
  RenewalStatus,
  Type: CertificateType,
  ExportOption: CertificateExport,
  ManagedBy: CertificateManagedBy,
  ValidationMethod,
  CertificateKeyPairOrigin,
  AcmeEndpointArn: Arn,
  AcmeAccountId,
})
export const CertificateMetadata = union({ AcmCertificateMetadata })
export const CertificateSearchResult = structure({ CertificateArn: Arn, X509Attributes, CertificateMetadata })
export const CertificateSearchResultList = list(CertificateSearchResult)
