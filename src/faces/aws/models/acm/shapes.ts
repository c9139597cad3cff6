import {
  blob,
  integer,
  list,
  oneOf,
  required,
  string,
  structure,
  timestamp,
  union,
} from '../../shapes/shape.ts'

/* What members of operations are made of, as the contract has them. */

export const Arn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*',
})
export const TagKey = string({ min: 1, max: 128, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })
export const TagValue = string({ min: 0, max: 256, pattern: '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)' })
export const Tag = structure({ Key: required(TagKey), Value: TagValue })
export const TagList = list(Tag, { min: 1, max: 50 })
export const AcmeEndpointArn = string({
  min: 1,
  max: 200,
  pattern: 'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+',
})
export const DomainName = string({
  min: 1,
  max: 253,
  pattern: '([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?',
})
export const RecordType = oneOf('CNAME')
export const ResourceRecord = structure({
  Name: required(string()),
  Type: required(RecordType),
  Value: required(string()),
})
export const DomainNameString = string({
  min: 1,
  max: 253,
  pattern: '(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])',
})
export const DomainList = list(DomainNameString, { min: 1, max: 100 })
export const CertificateManagedBy = oneOf('CLOUDFRONT')
export const ValidationEmailList = list(string())
export const DomainStatus = oneOf('PENDING_VALIDATION', 'SUCCESS', 'FAILED')
export const HttpRedirect = structure({ RedirectFrom: string(), RedirectTo: string() })
export const ValidationMethod = oneOf('EMAIL', 'DNS', 'HTTP')
export const DomainValidation = structure({
  DomainName: required(DomainNameString),
  ValidationEmails: ValidationEmailList,
  ValidationDomain: DomainNameString,
  ValidationStatus: DomainStatus,
  ResourceRecord,
  HttpRedirect,
  ValidationMethod,
})
export const DomainValidationList = list(DomainValidation, { min: 1, max: 1000 })
export const CertificateStatus = oneOf(
  'PENDING_VALIDATION',
  'ISSUED',
  'INACTIVE',
  'EXPIRED',
  'VALIDATION_TIMED_OUT',
  'REVOKED',
  'FAILED',
)
export const RevocationReason = oneOf(
  'UNSPECIFIED',
  'KEY_COMPROMISE',
  'CA_COMPROMISE',
  'AFFILIATION_CHANGED',
  'SUPERCEDED',
  'SUPERSEDED',
  'CESSATION_OF_OPERATION',
  'CERTIFICATE_HOLD',
  'REMOVE_FROM_CRL',
  'PRIVILEGE_WITHDRAWN',
  'A_A_COMPROMISE',
)
export const KeyAlgorithm = oneOf(
  'RSA_1024',
  'RSA_2048',
  'RSA_3072',
  'RSA_4096',
  'EC_prime256v1',
  'EC_secp384r1',
  'EC_secp521r1',
)
export const InUseList = list(string())
export const FailureReason = oneOf(
  'NO_AVAILABLE_CONTACTS',
  'ADDITIONAL_VERIFICATION_REQUIRED',
  'DOMAIN_NOT_ALLOWED',
  'INVALID_PUBLIC_DOMAIN',
  'DOMAIN_VALIDATION_DENIED',
  'CAA_ERROR',
  'PCA_LIMIT_EXCEEDED',
  'PCA_INVALID_ARN',
  'PCA_INVALID_STATE',
  'PCA_REQUEST_FAILED',
  'PCA_NAME_CONSTRAINTS_VALIDATION',
  'PCA_RESOURCE_NOT_FOUND',
  'PCA_INVALID_ARGS',
  'PCA_INVALID_DURATION',
  'PCA_ACCESS_DENIED',
  'SLR_NOT_FOUND',
  'OTHER',
)
export const CertificateType = oneOf('IMPORTED', 'AMAZON_ISSUED', 'PRIVATE')
export const RenewalStatus = oneOf('PENDING_AUTO_RENEWAL', 'PENDING_VALIDATION', 'SUCCESS', 'FAILED')
export const RenewalSummary = structure({
  RenewalStatus: required(RenewalStatus),
  DomainValidationOptions: required(DomainValidationList),
  RenewalStatusReason: FailureReason,
  UpdatedAt: required(timestamp),
})
export const KeyUsageName = oneOf(
  'DIGITAL_SIGNATURE',
  'NON_REPUDIATION',
  'KEY_ENCIPHERMENT',
  'DATA_ENCIPHERMENT',
  'KEY_AGREEMENT',
  'CERTIFICATE_SIGNING',
  'CRL_SIGNING',
  'ENCIPHER_ONLY',
  'DECIPHER_ONLY',
  'ANY',
  'CUSTOM',
)
export const KeyUsage = structure({ Name: KeyUsageName })
export const KeyUsageList = list(KeyUsage)
export const ExtendedKeyUsageName = oneOf(
  'TLS_WEB_SERVER_AUTHENTICATION',
  'TLS_WEB_CLIENT_AUTHENTICATION',
  'CODE_SIGNING',
  'EMAIL_PROTECTION',
  'TIME_STAMPING',
  'OCSP_SIGNING',
  'IPSEC_END_SYSTEM',
  'IPSEC_TUNNEL',
  'IPSEC_USER',
  'ANY',
  'NONE',
  'CUSTOM',
)
export const ExtendedKeyUsage = structure({ Name: ExtendedKeyUsageName, OID: string() })
export const ExtendedKeyUsageList = list(ExtendedKeyUsage)
export const RenewalEligibility = oneOf('ELIGIBLE', 'INELIGIBLE')
export const CertificateTransparencyLoggingPreference = oneOf('ENABLED', 'DISABLED')
export const CertificateExport = oneOf('ENABLED', 'DISABLED')
export const CertificateOptions = structure({
  CertificateTransparencyLoggingPreference,
  Export: CertificateExport,
  ValidationMethod,
})
export const CertificateKeyPairOrigin = oneOf('AWS_MANAGED', 'ACME', 'CUSTOMER_PROVIDED')
export const AcmeAccountId = string({ min: 36, max: 36 })
export const UpdateStatus = oneOf('PENDING_DOMAIN_VALIDATION', 'SUCCESS', 'FAILED')
export const UpdateType = oneOf('DOMAIN_VALIDATION_METHOD')
export const DomainValidationMethodUpdateSummary = structure({ From: ValidationMethod, To: ValidationMethod })
export const UpdateSummary = structure({
  Status: UpdateStatus,
  Type: UpdateType,
  DomainValidationMethodUpdateSummary,
  RequestedAt: timestamp,
  UpdatedAt: timestamp,
})
export const CertificateDetail = structure({
  CertificateArn: Arn,
  DomainName: DomainNameString,
  SubjectAlternativeNames: DomainList,
  ManagedBy: CertificateManagedBy,
  DomainValidationOptions: DomainValidationList,
  Serial: string(),
  Subject: string(),
  Issuer: string(),
  CreatedAt: timestamp,
  IssuedAt: timestamp,
  ImportedAt: timestamp,
  Status: CertificateStatus,
  RevokedAt: timestamp,
  RevocationReason,
  NotBefore: timestamp,
  NotAfter: timestamp,
  KeyAlgorithm,
  SignatureAlgorithm: string(),
  InUseBy: InUseList,
  FailureReason,
  Type: CertificateType,
  RenewalSummary,
  KeyUsages: KeyUsageList,
  ExtendedKeyUsages: ExtendedKeyUsageList,
  CertificateAuthorityArn: Arn,
  RenewalEligibility,
  Options: CertificateOptions,
  UpdateSummary,
  CertificateKeyPairOrigin,
  AcmeEndpointArn: Arn,
  AcmeAccountId,
})
export const PassphraseBlob = blob({ min: 4, max: 128 })
export const CertificateBody = string({
  min: 1,
  max: 32768,
  pattern:
    '-{5}BEGIN CERTIFICATE-{5}\\u000D?\\u000A([A-Za-z0-9/+]{64}\\u000D?\\u000A)*[A-Za-z0-9/+]{1,64}={0,2}\\u000D?\\u000A-{5}END CERTIFICATE-{5}(\\u000D?\\u000A)?',
})
export const CertificateChain = string({
  min: 1,
  max: 2097152,
  pattern:
    '(-{5}BEGIN CERTIFICATE-{5}\\u000D?\\u000A([A-Za-z0-9/+]{64}\\u000D?\\u000A)*[A-Za-z0-9/+]{1,64}={0,2}\\u000D?\\u000A-{5}END CERTIFICATE-{5}\\u000D?\\u000A)*-{5}BEGIN CERTIFICATE-{5}\\u000D?\\u000A([A-Za-z0-9/+]{64}\\u000D?\\u000A)*[A-Za-z0-9/+]{1,64}={0,2}\\u000D?\\u000A-{5}END CERTIFICATE-{5}(\\u000D?\\u000A)?',
})
export const PrivateKey = string({
  min: 1,
  max: 524288,
  pattern:
    '-{5}BEGIN PRIVATE KEY-{5}\\u000D?\\u000A([A-Za-z0-9/+]{64}\\u000D?\\u000A)*[A-Za-z0-9/+]{1,64}={0,2}\\u000D?\\u000A-{5}END PRIVATE KEY-{5}(\\u000D?\\u000A)?',
})
export const PositiveInteger = integer({ min: 1 })
export const ExpiryEventsConfiguration = structure({ DaysBeforeExpiry: PositiveInteger })
export const CertificateBodyBlob = blob({ min: 1, max: 32768 })
export const PrivateKeyBlob = blob({ min: 1, max: 5120 })
export const CertificateChainBlob = blob({ min: 1, max: 2097152 })
export const NextToken = string({ min: 1, max: 10000, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]*' })
export const MaxItems = integer({ min: 1, max: 1000 })
export const IdempotencyToken = string({ min: 1, max: 32, pattern: '\\w+' })
export const DomainValidationOption = structure({
  DomainName: required(DomainNameString),
  ValidationDomain: required(DomainNameString),
})
export const DomainValidationOptionList = list(DomainValidationOption, { min: 1, max: 100 })
export const PcaArn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*',
})
export const TagKeyList = list(TagKey, { min: 1, max: 50 })
export const EmailValidationChallenge = structure({
  ValidationEmails: ValidationEmailList,
  ValidationDomain: DomainNameString,
})
export const DnsValidationChallenge = structure({ ResourceRecord })
export const ValidationChallenge = union({ EmailValidationChallenge, DnsValidationChallenge })
export const ValidationConfiguration = structure({
  ValidationMethod,
  ValidationChallenge,
  ValidationStatus: DomainStatus,
})
export const DomainValidationSummary = structure({
  DomainName: required(DomainNameString),
  ActiveValidationConfiguration: ValidationConfiguration,
  RequestedValidationConfiguration: ValidationConfiguration,
})
export const DomainValidationSummaryList = list(DomainValidationSummary)
