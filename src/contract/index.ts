export { ChanceryApiError, createClient, everyItem } from './client.ts'
export type {
  Client,
  ClientOptions,
  Download,
  Exchange,
  Fetch,
  FetchInit,
  FetchResponse,
  FileAnswer,
} from './client.ts'
export type { RequestOf, ResponseOf } from './client.ts'
export { createNodeFetch, type NodeFetchOptions } from './node-fetch.ts'
export { problemType, PROBLEMS, type ProblemKind } from './problems.ts'
export { errorsOf, type Method, type Route } from './route.ts'
export { OPERATION_IDS, routeOf, ROUTES, type OperationId } from './routes.ts'
export type { Problem } from './schemas/common.ts'
export type { AccountJson, CreatedTokenJson, InstallationJson, TokenJson } from './schemas/access.ts'
export type { AuthorityJson, AuthoritySummaryJson } from './schemas/authorities.ts'
export type {
  CertificateJson,
  CertificateSummaryJson,
  IssuedCertificateJson,
} from './schemas/certificates.ts'
export type { RevokedJson } from './schemas/revocations.ts'
export type { CrossCertificateJson, RotationJson } from './schemas/rotations.ts'
export type { MailboxJson, MailFaultJson, MailMessageJson } from './schemas/mail.ts'
export type { BucketJson } from './schemas/buckets.ts'
export type { ReportJson } from './schemas/reports.ts'
export type { CertificateMappingJson, IdentityProviderJson } from './schemas/federation.ts'
export type { KmsJson } from './schemas/kms.ts'
export type { CompromisedKeyJson } from './schemas/keys.ts'
export type { DeliveryJson, WebhookJson } from './schemas/webhooks.ts'
export type {
  DomainValidationJson,
  ManagedCertificateJson,
  ManagedSummaryJson,
  ManagedVersionJson,
} from './schemas/managed-view.ts'
export type { EvidenceJson, PlannedRenewalJson } from './schemas/managed-renewals.ts'
export type { AuditArchiveJson, AuditEventJson } from './schemas/audit.ts'
export type { EventJson } from './schemas/events.ts'
export type {
  AttachmentJson,
  GroupJson,
  GroupSummaryJson,
  PolicyJson,
  PolicySummaryJson,
  PolicyVersionJson,
  RoleJson,
  RoleSummaryJson,
  UserJson,
  UserSummaryJson,
} from './schemas/identities.ts'
export type {
  AccessKeyJson,
  CallerIdentityJson,
  OrganizationAccountJson,
  OrganizationJson,
  SessionJson,
} from './schemas/credentials.ts'
export type { ProfileJson } from './schemas/profiles.ts'
export type { StackDocumentJson, StackJson, StackResourceJson, StackSummaryJson } from './schemas/stacks.ts'
export type { InvitationJson, ShareJson, SharePermissionJson } from './schemas/shares.ts'
export type { DnsFaultJson, RecordSetJson, ZoneJson } from './schemas/zones.ts'
export type { NamesJson } from './schemas/names.ts'
export type { ExportedFileJson } from './schemas/exports.ts'
