import {
  blob,
  boolean,
  integer,
  list,
  long,
  oneOf,
  required,
  string,
  structure,
  timestamp,
} from '../../shapes/shape.ts'

/* What members of operations are made of, as the contract has them. */

export const KeyAlgorithm = oneOf(
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
  'SM2',
)
export const SigningAlgorithm = oneOf(
  'SHA256WITHECDSA',
  'SHA384WITHECDSA',
  'SHA512WITHECDSA',
  'SHA256WITHRSA',
  'SHA384WITHRSA',
  'SHA512WITHRSA',
  'SHA256WITHRSA_PSS',
  'SHA384WITHRSA_PSS',
  'SHA512WITHRSA_PSS',
  'SM3WITHSM2',
  'ML_DSA_44',
  'ML_DSA_65',
  'ML_DSA_87',
)
export const CountryCodeString = string({ min: 2, max: 2, pattern: '[A-Za-z]{2}' })
export const String64 = string({ min: 0, max: 64 })
export const ASN1PrintableString64 = string({ min: 0, max: 64, pattern: "[a-zA-Z0-9'()+-.?:/= ]*" })
export const String128 = string({ min: 0, max: 128 })
export const String40 = string({ min: 0, max: 40 })
export const String16 = string({ min: 0, max: 16 })
export const String5 = string({ min: 0, max: 5 })
export const String3 = string({ min: 0, max: 3 })
export const CustomObjectIdentifier = string({
  min: 0,
  max: 64,
  pattern: '([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})',
})
export const String1To256 = string({ min: 1, max: 256 })
export const CustomAttribute = structure({
  ObjectIdentifier: required(CustomObjectIdentifier),
  Value: required(String1To256),
})
export const CustomAttributeList = list(CustomAttribute, { min: 1, max: 150 })
export const ASN1Subject = structure({
  Country: CountryCodeString,
  Organization: String64,
  OrganizationalUnit: String64,
  DistinguishedNameQualifier: ASN1PrintableString64,
  State: String128,
  CommonName: String64,
  SerialNumber: ASN1PrintableString64,
  Locality: String128,
  Title: String64,
  Surname: String40,
  GivenName: String16,
  Initials: String5,
  Pseudonym: String128,
  GenerationQualifier: String3,
  CustomAttributes: CustomAttributeList,
})
export const KeyUsage = structure({
  DigitalSignature: boolean,
  NonRepudiation: boolean,
  KeyEncipherment: boolean,
  DataEncipherment: boolean,
  KeyAgreement: boolean,
  KeyCertSign: boolean,
  CRLSign: boolean,
  EncipherOnly: boolean,
  DecipherOnly: boolean,
})
export const AccessMethodType = oneOf('CA_REPOSITORY', 'RESOURCE_PKI_MANIFEST', 'RESOURCE_PKI_NOTIFY')
export const AccessMethod = structure({ CustomObjectIdentifier, AccessMethodType })
export const String256 = string({ min: 0, max: 256 })
export const OtherName = structure({ TypeId: required(CustomObjectIdentifier), Value: required(String256) })
export const String253 = string({ min: 0, max: 253 })
export const EdiPartyName = structure({ PartyName: required(String256), NameAssigner: String256 })
export const String39 = string({ min: 0, max: 39 })
export const GeneralName = structure({
  OtherName,
  Rfc822Name: String256,
  DnsName: String253,
  DirectoryName: ASN1Subject,
  EdiPartyName,
  UniformResourceIdentifier: String253,
  IpAddress: String39,
  RegisteredId: CustomObjectIdentifier,
})
export const AccessDescription = structure({
  AccessMethod: required(AccessMethod),
  AccessLocation: required(GeneralName),
})
export const AccessDescriptionList = list(AccessDescription)
export const CsrExtensions = structure({ KeyUsage, SubjectInformationAccess: AccessDescriptionList })
export const CertificateAuthorityConfiguration = structure({
  KeyAlgorithm: required(KeyAlgorithm),
  SigningAlgorithm: required(SigningAlgorithm),
  Subject: required(ASN1Subject),
  CsrExtensions,
})
export const Integer1To5000 = integer({ min: 1, max: 5000 })
export const CnameString = string({ min: 0, max: 253, pattern: "[-a-zA-Z0-9;/?:@&=+$,%_.!~*()']*" })
export const S3BucketName3To255 = string({ min: 3, max: 255, pattern: '[-a-zA-Z0-9._/]+' })
export const S3ObjectAcl = oneOf('PUBLIC_READ', 'BUCKET_OWNER_FULL_CONTROL')
export const CrlDistributionPointExtensionConfiguration = structure({ OmitExtension: required(boolean) })
export const CrlType = oneOf('COMPLETE', 'PARTITIONED')
export const CrlPathString = string({
  min: 0,
  max: 253,
  pattern: "(/|[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+(/[-a-zA-Z0-9;?:@&=+$,%_.!~*()']+)*)",
})
export const CrlConfiguration = structure({
  Enabled: required(boolean),
  ExpirationInDays: Integer1To5000,
  CustomCname: CnameString,
  S3BucketName: S3BucketName3To255,
  S3ObjectAcl,
  CrlDistributionPointExtensionConfiguration,
  CrlType,
  CustomPath: CrlPathString,
})
export const OcspConfiguration = structure({ Enabled: required(boolean), OcspCustomCname: CnameString })
export const RevocationConfiguration = structure({ CrlConfiguration, OcspConfiguration })
export const CertificateAuthorityType = oneOf('ROOT', 'SUBORDINATE')
export const IdempotencyToken = string({
  min: 1,
  max: 36,
  pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*',
})
export const KeyStorageSecurityStandard = oneOf(
  'FIPS_140_2_LEVEL_2_OR_HIGHER',
  'FIPS_140_2_LEVEL_3_OR_HIGHER',
  'CCPC_LEVEL_1_OR_HIGHER',
)
export const TagKey = string({ min: 1, max: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })
export const TagValue = string({ min: 0, max: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })
export const Tag = structure({ Key: required(TagKey), Value: TagValue })
export const TagList = list(Tag, { min: 1, max: 50 })
export const CertificateAuthorityUsageMode = oneOf('GENERAL_PURPOSE', 'SHORT_LIVED_CERTIFICATE')
export const Arn = string({
  min: 5,
  max: 200,
  pattern: 'arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*',
})
export const S3BucketName = string({ min: 3, max: 63 })
export const AuditReportResponseFormat = oneOf('JSON', 'CSV')
export const AuditReportId = string({
  min: 36,
  max: 36,
  pattern: '[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}',
})
export const S3Key = string({ min: 0, max: 1024 })
export const Principal = string({ min: 0, max: 128, pattern: '[^*]+' })
export const AccountId = string({ min: 12, max: 12, pattern: '[0-9]+' })
export const ActionType = oneOf('IssueCertificate', 'GetCertificate', 'ListPermissions')
export const ActionList = list(ActionType, { min: 1, max: 3 })
export const PermanentDeletionTimeInDays = integer({ min: 7, max: 30 })
export const CertificateAuthorityStatus = oneOf(
  'CREATING',
  'PENDING_CERTIFICATE',
  'ACTIVE',
  'DELETED',
  'DISABLED',
  'EXPIRED',
  'FAILED',
)
export const FailureReason = oneOf('REQUEST_TIMED_OUT', 'UNSUPPORTED_ALGORITHM', 'OTHER')
export const CertificateAuthority = structure({
  Arn,
  OwnerAccount: AccountId,
  CreatedAt: timestamp,
  LastStateChangeAt: timestamp,
  Type: CertificateAuthorityType,
  Serial: string(),
  Status: CertificateAuthorityStatus,
  NotBefore: timestamp,
  NotAfter: timestamp,
  FailureReason,
  CertificateAuthorityConfiguration,
  RevocationConfiguration,
  RestorableUntil: timestamp,
  KeyStorageSecurityStandard,
  UsageMode: CertificateAuthorityUsageMode,
})
export const AuditReportStatus = oneOf('CREATING', 'SUCCESS', 'FAILED')
export const AWSPolicy = string({ min: 1, max: 81920, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' })
export const CertificateBodyBlob = blob({ min: 1, max: 32768 })
export const CertificateChainBlob = blob({ min: 0, max: 2097152 })
export const PolicyQualifierId = oneOf('CPS')
export const Qualifier = structure({ CpsUri: required(String256) })
export const PolicyQualifierInfo = structure({
  PolicyQualifierId: required(PolicyQualifierId),
  Qualifier: required(Qualifier),
})
export const PolicyQualifierInfoList = list(PolicyQualifierInfo, { min: 1, max: 20 })
export const PolicyInformation = structure({
  CertPolicyId: required(CustomObjectIdentifier),
  PolicyQualifiers: PolicyQualifierInfoList,
})
export const CertificatePolicyList = list(PolicyInformation, { min: 1, max: 20 })
export const ExtendedKeyUsageType = oneOf(
  'SERVER_AUTH',
  'CLIENT_AUTH',
  'CODE_SIGNING',
  'EMAIL_PROTECTION',
  'TIME_STAMPING',
  'OCSP_SIGNING',
  'SMART_CARD_LOGIN',
  'DOCUMENT_SIGNING',
  'CERTIFICATE_TRANSPARENCY',
)
export const ExtendedKeyUsage = structure({
  ExtendedKeyUsageType,
  ExtendedKeyUsageObjectIdentifier: CustomObjectIdentifier,
})
export const ExtendedKeyUsageList = list(ExtendedKeyUsage, { min: 1, max: 20 })
export const GeneralNameList = list(GeneralName, { min: 1, max: 150 })
export const Base64String1To4096 = string({
  min: 1,
  max: 4096,
  pattern: '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?',
})
export const CustomExtension = structure({
  ObjectIdentifier: required(CustomObjectIdentifier),
  Value: required(Base64String1To4096),
  Critical: boolean,
})
export const CustomExtensionList = list(CustomExtension, { min: 1, max: 150 })
export const Extensions = structure({
  CertificatePolicies: CertificatePolicyList,
  ExtendedKeyUsage: ExtendedKeyUsageList,
  KeyUsage,
  SubjectAlternativeNames: GeneralNameList,
  CustomExtensions: CustomExtensionList,
})
export const ApiPassthrough = structure({ Extensions, Subject: ASN1Subject })
export const CsrBlob = blob({ min: 1, max: 32768 })
export const PositiveLong = long({ min: 1 })
export const ValidityPeriodType = oneOf('END_DATE', 'ABSOLUTE', 'DAYS', 'MONTHS', 'YEARS')
export const Validity = structure({ Value: required(PositiveLong), Type: required(ValidityPeriodType) })
export const MaxResults = integer({ min: 1, max: 1000 })
export const NextToken = string({ min: 1, max: 43739 })
export const ResourceOwner = oneOf('SELF', 'OTHER_ACCOUNTS')
export const CertificateAuthorities = list(CertificateAuthority)
export const Permission = structure({
  CertificateAuthorityArn: Arn,
  CreatedAt: timestamp,
  Principal,
  SourceAccount: AccountId,
  Actions: ActionList,
  Policy: AWSPolicy,
})
export const PermissionList = list(Permission, { min: 0 })
export const RevocationReason = oneOf(
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'CERTIFICATE_AUTHORITY_COMPROMISE',
  'AFFILIATION_CHANGED',
  'SUPERSEDED',
  'CESSATION_OF_OPERATION',
  'PRIVILEGE_WITHDRAWN',
  'A_A_COMPROMISE',
)
