import type { Actor } from './access.ts'
import { userIdentityOf } from './audit-identity.ts'
import type { Arn } from './arns.ts'
import type { AccountId, Region } from './ids.ts'
import { isoOf, type Millis } from './time.ts'

/** Every event the audit trail knows: changes, and reveals of a private key, a secret or a credential. */
export const AUDIT_EVENTS = {
  InitializeInstallation: 'chancery.local',
  RestoreInstallation: 'chancery.local',
  AcknowledgeRestore: 'chancery.local',
  ImportAuthority: 'chancery.local',
  ImportCertificates: 'chancery.local',
  ImportRevocations: 'chancery.local',
  RaiseRepositoryAlarm: 'chancery.local',
  EndRepositoryAlarm: 'chancery.local',
  SetCalendar: 'chancery.local',
  CreateZone: 'chancery.local',
  DeleteZone: 'chancery.local',
  PutRecords: 'chancery.local',
  DeleteRecords: 'chancery.local',
  OrderDnsFault: 'chancery.local',
  WithdrawDnsFault: 'chancery.local',
  SendApprovalRequest: 'chancery.local',
  ResendValidationEmail: 'acm.amazonaws.com',
  ApproveDomain: 'chancery.local',
  RejectDomain: 'chancery.local',
  CreateMailbox: 'chancery.local',
  DeleteMailbox: 'chancery.local',
  OrderMailFault: 'chancery.local',
  WithdrawMailFault: 'chancery.local',
  CreateAccount: 'chancery.local',
  CreateToken: 'chancery.local',
  RevokeToken: 'chancery.local',
  ExportCertificate: 'chancery.local',
  RotateKeyEncryptionKey: 'chancery.local',
  CompleteKeyRotation: 'chancery.local',
  MarkKeyCompromised: 'chancery.local',
  LoadCompromisedKeys: 'chancery.local',
  CreateProfile: 'chancery.local',
  UpdateProfile: 'chancery.local',
  DeleteProfile: 'chancery.local',
  PutStack: 'chancery.local',
  DeleteStack: 'chancery.local',
  CreateWebhook: 'chancery.local',
  UpdateWebhook: 'chancery.local',
  RotateWebhookSecret: 'chancery.local',
  DeleteWebhook: 'chancery.local',
  TestWebhook: 'chancery.local',
  RedeliverWebhook: 'chancery.local',
  DisableWebhook: 'chancery.local',
  CreateCertificateAuthority: 'acm-pca.amazonaws.com',
  UpdateCertificateAuthority: 'acm-pca.amazonaws.com',
  RenewCertificateAuthority: 'chancery.local',
  CrossSignCertificateAuthority: 'chancery.local',
  RotateCertificateAuthority: 'chancery.local',
  CreateCertificateAuthorityCsr: 'acm-pca.amazonaws.com',
  FailCertificateAuthority: 'acm-pca.amazonaws.com',
  ImportCertificateAuthorityCertificate: 'acm-pca.amazonaws.com',
  DeleteCertificateAuthority: 'acm-pca.amazonaws.com',
  RestoreCertificateAuthority: 'acm-pca.amazonaws.com',
  PurgeCertificateAuthority: 'acm-pca.amazonaws.com',
  CreateCertificateAuthorityAuditReport: 'acm-pca.amazonaws.com',
  TagCertificateAuthority: 'acm-pca.amazonaws.com',
  UntagCertificateAuthority: 'acm-pca.amazonaws.com',
  DeleteAuditReport: 'chancery.local',
  DeleteBucket: 's3.amazonaws.com',
  IssueCertificate: 'acm-pca.amazonaws.com',
  AbandonCertificate: 'acm-pca.amazonaws.com',
  RevokeCertificate: 'acm-pca.amazonaws.com',
  LiftCertificateHold: 'chancery.local',
  PublishCertificateRevocationList: 'acm-pca.amazonaws.com',
  WithdrawCertificateRevocationList: 'chancery.local',
  RequestCertificate: 'acm.amazonaws.com',
  ImportCertificate: 'acm.amazonaws.com',
  RenewCertificate: 'acm.amazonaws.com',
  FailCertificate: 'acm.amazonaws.com',
  DeleteCertificate: 'acm.amazonaws.com',
  AddTagsToCertificate: 'acm.amazonaws.com',
  RemoveTagsFromCertificate: 'acm.amazonaws.com',
  UpdateCertificateOptions: 'acm.amazonaws.com',
  PutAccountConfiguration: 'acm.amazonaws.com',
  AssociateCertificate: 'chancery.local',
  DissociateCertificate: 'chancery.local',
  CreateResourceShare: 'ram.amazonaws.com',
  UpdateResourceShare: 'ram.amazonaws.com',
  DeleteResourceShare: 'ram.amazonaws.com',
  TagResourceShare: 'ram.amazonaws.com',
  AssociateResourceShare: 'ram.amazonaws.com',
  DisassociateResourceShare: 'ram.amazonaws.com',
  AcceptResourceShareInvitation: 'ram.amazonaws.com',
  RejectResourceShareInvitation: 'ram.amazonaws.com',
  CreateSharePermission: 'ram.amazonaws.com',
  CreatePermissionVersion: 'ram.amazonaws.com',
  SetDefaultPermissionVersion: 'ram.amazonaws.com',
  DeletePermissionVersion: 'ram.amazonaws.com',
  DeleteSharePermission: 'ram.amazonaws.com',
  PutPolicy: 'acm-pca.amazonaws.com',
  DeletePolicy: 'acm-pca.amazonaws.com',
  CreatePermission: 'acm-pca.amazonaws.com',
  DeletePermission: 'acm-pca.amazonaws.com',
  //
  Decrypt: 'kms.amazonaws.com',
  ReEncrypt: 'kms.amazonaws.com',
  //
  CreateAuditCheckpointKey: 'chancery.local',
  ArchiveAuditEvents: 'chancery.local',
  ArchiveCertificates: 'chancery.local',
  //
  RotateToken: 'chancery.local',
  Bootstrap: 'chancery.local',
  CreateUser: 'iam.amazonaws.com',
  UpdateUser: 'iam.amazonaws.com',
  DeleteUser: 'iam.amazonaws.com',
  CreateGroup: 'iam.amazonaws.com',
  DeleteGroup: 'iam.amazonaws.com',
  AddUserToGroup: 'iam.amazonaws.com',
  RemoveUserFromGroup: 'iam.amazonaws.com',
  CreateRole: 'iam.amazonaws.com',
  UpdateRole: 'iam.amazonaws.com',
  DeleteRole: 'iam.amazonaws.com',
  CreatePolicy: 'iam.amazonaws.com',
  DeleteManagedPolicy: 'iam.amazonaws.com',
  CreatePolicyVersion: 'iam.amazonaws.com',
  SetDefaultPolicyVersion: 'iam.amazonaws.com',
  DeletePolicyVersion: 'iam.amazonaws.com',
  AttachUserPolicy: 'iam.amazonaws.com',
  AttachGroupPolicy: 'iam.amazonaws.com',
  AttachRolePolicy: 'iam.amazonaws.com',
  DetachUserPolicy: 'iam.amazonaws.com',
  DetachGroupPolicy: 'iam.amazonaws.com',
  DetachRolePolicy: 'iam.amazonaws.com',
  CreateAccessKey: 'iam.amazonaws.com',
  UpdateAccessKey: 'iam.amazonaws.com',
  DeleteAccessKey: 'iam.amazonaws.com',
  AssumeRole: 'sts.amazonaws.com',
  CreateOrganization: 'organizations.amazonaws.com',
  DeleteOrganization: 'organizations.amazonaws.com',
  AddAccountToOrganization: 'organizations.amazonaws.com',
  RemoveAccountFromOrganization: 'organizations.amazonaws.com',
  //
  CreateIdentityProvider: 'chancery.local',
  UpdateIdentityProvider: 'chancery.local',
  DeleteIdentityProvider: 'chancery.local',
  CreateCertificateMapping: 'chancery.local',
  DeleteCertificateMapping: 'chancery.local',
} as const
export type AuditEventName = keyof typeof AUDIT_EVENTS

/** An event as it goes to the store, which adds its place in the hash chain. */
export type AuditEvent = {
  readonly account: AccountId
  readonly region: Region
  readonly name: string
  readonly time: Millis
  /** The record in CloudTrail's shape, as JSON text: the very bytes that are hashed. */
  readonly record: string
}

type Facts = {
  readonly eventId: string
  /** From the system clock: the calendar can be set, the audit trail can't. */
  readonly time: Millis
  readonly resources?: readonly Arn[]
  readonly request?: Readonly<Record<string, unknown>> | undefined
  readonly response?: Readonly<Record<string, unknown>>
  /** Another account that it concerns, which has this copy of it; the actor's own when absent. */
  readonly recipient?: AccountId | undefined
  /** The same in each account's copy of one event. */
  readonly sharedEventId?: string | undefined
  /** For events on behalf of somebody: `acm-pca.amazonaws.com` opening a key for a caller. */
  readonly invokedBy?: string
}

/** Builds a record in CloudTrail's shape (eventVersion 1.11). Nothing secret may be passed in. */
export const auditEvent = (name: AuditEventName, actor: Actor, facts: Facts): AuditEvent =>
  eventOf(actor, { ...facts, name, source: AUDIT_EVENTS[name], readOnly: false })

/** A call that changed nothing, which is recorded where the operator wants it: a plain read, or one that was refused. */
export const callEvent = (actor: Actor, call: CallFacts): AuditEvent => eventOf(actor, call)

type CallFacts = Omit<Facts, 'resources'> & {
  readonly resources?: readonly string[]
  readonly name: string
  /** Whose operation it is, `acm.amazonaws.com`. */
  readonly source: string
  readonly readOnly: boolean
  readonly refusal?:
    | {
        readonly code: string
        readonly message: string
        /** Refusals before this one that weren't recorded, since there were too many. */
        readonly suppressed: number
      }
    | undefined
}

function eventOf(actor: Actor, facts: CallFacts): AuditEvent {
  const { name, refusal } = facts
  const record = JSON.stringify({
    eventVersion: '1.11',
    eventID: facts.eventId,
    eventTime: isoOf(facts.time),
    eventSource: facts.source,
    eventName: name,
    eventType: actor.kind === 'system' ? 'AwsServiceEvent' : 'AwsApiCall',
    awsRegion: actor.region,
    sourceIPAddress: actor.sourceAddress ?? 'internal',
    userAgent: actor.userAgent ?? 'chancery',
    userIdentity: userIdentityOf(actor, facts.invokedBy),
    ...(refusal === undefined ? {} : { errorCode: refusal.code, errorMessage: refusal.message }),
    requestParameters: facts.request ?? null,
    responseElements: facts.response ?? null,
    ...((refusal?.suppressed ?? 0) === 0
      ? {}
      : { additionalEventData: { refusalsNotRecorded: refusal?.suppressed } }),
    requestID: actor.requestId,
    readOnly: facts.readOnly,
    resources: (facts.resources ?? []).map((arn) => ({ ARN: arn })),
    recipientAccountId: facts.recipient ?? actor.account,
    ...(facts.sharedEventId === undefined ? {} : { sharedEventID: facts.sharedEventId }),
  })
  const account = facts.recipient ?? actor.account
  return { account, region: actor.region, name, time: facts.time, record }
}
