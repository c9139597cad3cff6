import {
  integer,
  list,
  long,
  oneOf,
  required,
  string,
  structure,
  timestamp,
  union,
} from '../../shapes/shape.ts'
import { AcmeEndpointArn, DomainName, ResourceRecord, TagList } from './shapes.ts'

/* What members of the operations that control ACME are made of. */

export const DomainScopeOption = oneOf('ENABLED', 'DISABLED')
export const DomainScope = structure({
  ExactDomain: DomainScopeOption,
  Subdomains: DomainScopeOption,
  Wildcards: DomainScopeOption,
})
export const HostedZoneId = string({ min: 1, max: 32, pattern: 'Z[A-Z0-9]+' })
export const DnsPrevalidationOptions = structure({ DomainScope, HostedZoneId })
export const PrevalidationOptions = union({ DnsPrevalidation: DnsPrevalidationOptions })
export const AcmeDomainValidationArn = string({
  min: 1,
  max: 200,
  pattern:
    'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+/acme-domain-validation/[a-zA-Z0-9-]+',
})
export const AcmeAuthorizationBehavior = oneOf('PRE_APPROVED')
export const AcmeContact = oneOf('REQUIRED', 'NOT_REQUIRED')
export const PublicKeyAlgorithm = oneOf('RSA_2048', 'EC_prime256v1', 'EC_secp384r1')
export const PublicKeyAlgorithmList = list(PublicKeyAlgorithm)
export const PublicCertificateAuthority = structure({ AllowedKeyAlgorithms: PublicKeyAlgorithmList })
export const CertificateAuthority = union({ PublicCertificateAuthority })
export const RoleArn = string({ min: 1, max: 2048, pattern: 'arn:aws[a-z-]*:iam::[0-9]{12}:role/.+' })
export const ExpirationValueLong = long({ min: 1 })
export const TimeType = oneOf('MINUTES', 'HOURS', 'DAYS')
export const Expiration = structure({ Value: required(ExpirationValueLong), Type: required(TimeType) })
export const AcmeExternalAccountBindingArn = string({
  min: 1,
  max: 200,
  pattern:
    'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+/acme-external-account-binding/[a-zA-Z0-9-]+',
})
export const AcmeExternalAccountBinding = structure({
  AcmeExternalAccountBindingArn,
  AcmeEndpointArn,
  RoleArn,
  ExpiresAt: timestamp,
  RevokedAt: timestamp,
  LastUsedAt: timestamp,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const AcmeAccountStatus = oneOf('VALID', 'DEACTIVATED', 'REVOKED')
export const ContactList = list(string())
export const AcmeAccount = structure({
  AccountUrl: string(),
  PublicKeyThumbprint: string(),
  Status: AcmeAccountStatus,
  CreatedAt: timestamp,
  AcmeExternalAccountBindingArn,
  Contacts: ContactList,
})
export const PrevalidationType = oneOf('DNS_PREVALIDATION')
export const DnsPrevalidationDetails = structure({ DomainScope, HostedZoneId, ResourceRecord })
export const PrevalidationDetails = union({ DnsPrevalidation: DnsPrevalidationDetails })
export const AcmeDomainValidationStatus = oneOf('VALIDATING', 'VALID', 'INVALID', 'DELETING')
export const AcmeDomainValidationFailureReason = oneOf(
  'ACCESS_DENIED',
  'DOMAIN_MISMATCH',
  'DOMAIN_NOT_ALLOWED',
  'ENDPOINT_NOT_ACTIVE',
  'HOSTED_ZONE_NOT_FOUND',
  'INTERNAL_FAILURE',
  'INVALID_CHANGE_BATCH',
  'INVALID_PUBLIC_DOMAIN',
  'TIMED_OUT',
)
export const FailureDetails = structure({ Reason: AcmeDomainValidationFailureReason, Message: string() })
export const AcmeDomainValidation = structure({
  AcmeDomainValidationArn,
  AcmeEndpointArn,
  DomainName,
  PrevalidationType,
  PrevalidationDetails,
  Status: AcmeDomainValidationStatus,
  FailureDetails,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const AcmeEndpointStatus = oneOf('CREATING', 'ACTIVE', 'DELETING', 'FAILED')
export const AcmeEndpoint = structure({
  AcmeEndpointArn,
  EndpointUrl: string(),
  Status: AcmeEndpointStatus,
  FailureReason: string(),
  AuthorizationBehavior: AcmeAuthorizationBehavior,
  Contact: AcmeContact,
  CertificateAuthority,
  CertificateTags: TagList,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const ListAcmeAccountsRequestMaxResultsInteger = integer({ min: 1, max: 100 })
export const AcmeAccountSummary = structure({
  AccountUrl: string(),
  PublicKeyThumbprint: string(),
  Status: AcmeAccountStatus,
  CreatedAt: timestamp,
  AcmeExternalAccountBindingArn,
  Contacts: ContactList,
})
export const AcmeAccountList = list(AcmeAccountSummary)
export const ListAcmeDomainValidationsRequestMaxResultsInteger = integer({ min: 1, max: 100 })
export const AcmeDomainValidationSummary = structure({
  AcmeDomainValidationArn,
  AcmeEndpointArn,
  DomainName,
  PrevalidationType,
  PrevalidationDetails,
  Status: AcmeDomainValidationStatus,
  FailureDetails,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const AcmeDomainValidationList = list(AcmeDomainValidationSummary)
export const ListAcmeEndpointsRequestMaxResultsInteger = integer({ min: 1, max: 100 })
export const AcmeEndpointSummary = structure({
  AcmeEndpointArn,
  EndpointUrl: string(),
  Status: AcmeEndpointStatus,
  FailureReason: string(),
  AuthorizationBehavior: AcmeAuthorizationBehavior,
  Contact: AcmeContact,
  CertificateAuthority,
  CertificateTags: TagList,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const AcmeEndpointList = list(AcmeEndpointSummary)
export const ListAcmeExternalAccountBindingsRequestMaxResultsInteger = integer({ min: 1, max: 100 })
export const AcmeExternalAccountBindingSummary = structure({
  AcmeExternalAccountBindingArn,
  AcmeEndpointArn,
  RoleArn,
  ExpiresAt: timestamp,
  RevokedAt: timestamp,
  LastUsedAt: timestamp,
  CreatedAt: timestamp,
  UpdatedAt: timestamp,
})
export const AcmeExternalAccountBindingList = list(AcmeExternalAccountBindingSummary)
