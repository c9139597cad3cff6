import { arns, type Arn } from './arns.ts'
import { mayBeLent } from './borrowing.ts'
import { ChanceryError } from './errors.ts'
import type { AccountId, Region } from './ids.ts'
import { ADMINISTRATOR_ACCESS } from './policies/built-in.ts'
import { decide, type Decision, type Facts, type Grants } from './policies/decide.ts'

/** Every action the product authorizes; AWS's names where AWS has one. */
export const ACTIONS = [
  'acm-pca:CreateCertificateAuthority',
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:ListCertificateAuthorities',
  'acm-pca:UpdateCertificateAuthority',
  'chancery:RenewCertificateAuthority',
  'chancery:CrossSignCertificateAuthority',
  'chancery:RotateCertificateAuthority',
  'acm-pca:DeleteCertificateAuthority',
  'acm-pca:RestoreCertificateAuthority',
  'acm-pca:GetCertificateAuthorityCsr',
  'acm-pca:ImportCertificateAuthorityCertificate',
  'acm-pca:IssueCertificate',
  'acm-pca:GetCertificate',
  'acm-pca:RevokeCertificate',
  'chancery:LiftHold',
  'acm-pca:CreateCertificateAuthorityAuditReport',
  'acm-pca:DescribeCertificateAuthorityAuditReport',
  'chancery:ListAuditReports',
  'chancery:ReadAuditReport',
  'chancery:DeleteAuditReport',
  'chancery:ListCertificates',
  'chancery:ExportCertificate',
  'chancery:CreateAccount',
  'chancery:ListAccounts',
  'chancery:CreateToken',
  'chancery:ListTokens',
  'chancery:RevokeToken',
  'chancery:DescribeInstallation',
  'chancery:MarkKeyCompromised',
  'chancery:ListCompromisedKeys',
  'chancery:ImportAuthority',
  'chancery:ImportCertificates',
  'chancery:ImportRevocations',
  'chancery:DescribeSerial',
  'chancery:AcknowledgeRestore',
  'chancery:SetCalendar',
  'chancery:CreateZone',
  'chancery:DescribeZone',
  'chancery:ListZones',
  'chancery:DeleteZone',
  'chancery:ListRecords',
  'chancery:PutRecords',
  'chancery:DeleteRecords',
  'chancery:OrderDnsFault',
  'chancery:CreateMailbox',
  'chancery:ListMailboxes',
  'chancery:ReadMailbox',
  'chancery:DeleteMailbox',
  'chancery:OrderMailFaults',
  'chancery:DescribeKms',
  'chancery:RotateKms',
  'chancery:IssueAuthorityCertificate',
  'chancery:CreateProfile',
  'chancery:DescribeProfile',
  'chancery:ListProfiles',
  'chancery:UpdateProfile',
  'chancery:DeleteProfile',
  'chancery:ListEvents',
  'chancery:DescribeEvent',
  'chancery:CreateWebhook',
  'chancery:DescribeWebhook',
  'chancery:ListWebhooks',
  'chancery:UpdateWebhook',
  'chancery:RotateWebhookSecret',
  'chancery:DeleteWebhook',
  'chancery:TestWebhook',
  'chancery:RedeliverWebhook',
  'acm:RequestCertificate',
  'acm:DescribeCertificate',
  'acm:GetCertificate',
  'acm:ListCertificates',
  'acm:ImportCertificate',
  'acm:ExportCertificate',
  'acm:RenewCertificate',
  'acm:RevokeCertificate',
  'acm:DeleteCertificate',
  'acm:AddTagsToCertificate',
  'acm:ResendValidationEmail',
  'chancery:AssociateCertificate',
  'chancery:ValidateCertificate',
  //
  'ram:CreateResourceShare',
  'ram:GetResourceShares',
  'ram:UpdateResourceShare',
  'ram:DeleteResourceShare',
  'ram:AssociateResourceShare',
  'ram:DisassociateResourceShare',
  'ram:AssociateResourceSharePermission',
  'ram:GetResourceShareInvitations',
  'ram:AcceptResourceShareInvitation',
  'ram:RejectResourceShareInvitation',
  'ram:CreatePermission',
  'ram:GetPermission',
  'ram:ListPermissions',
  'ram:CreatePermissionVersion',
  'ram:SetDefaultPermissionVersion',
  'ram:DeletePermissionVersion',
  'ram:DeletePermission',
  'acm-pca:PutPolicy',
  'acm-pca:GetPolicy',
  'acm-pca:DeletePolicy',
  'acm-pca:CreatePermission',
  'acm-pca:ListPermissions',
  'acm-pca:DeletePermission',
  'iam:SimulatePrincipalPolicy',
  'iam:SimulateCustomPolicy',
  //
  'chancery:RotateToken',
  'iam:CreateUser',
  'iam:GetUser',
  'iam:ListUsers',
  'iam:DeleteUser',
  'iam:TagUser',
  'iam:PutUserPermissionsBoundary',
  'iam:DeleteUserPermissionsBoundary',
  'iam:CreateGroup',
  'iam:GetGroup',
  'iam:ListGroups',
  'iam:DeleteGroup',
  'iam:AddUserToGroup',
  'iam:RemoveUserFromGroup',
  'iam:CreateRole',
  'iam:GetRole',
  'iam:ListRoles',
  'iam:UpdateRole',
  'iam:UpdateAssumeRolePolicy',
  'iam:DeleteRole',
  'iam:TagRole',
  'iam:PassRole',
  'iam:PutRolePermissionsBoundary',
  'iam:DeleteRolePermissionsBoundary',
  'iam:CreatePolicy',
  'iam:GetPolicy',
  'iam:ListPolicies',
  'iam:DeletePolicy',
  'iam:CreatePolicyVersion',
  'iam:GetPolicyVersion',
  'iam:ListPolicyVersions',
  'iam:SetDefaultPolicyVersion',
  'iam:DeletePolicyVersion',
  'iam:ListEntitiesForPolicy',
  'iam:AttachUserPolicy',
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:DetachUserPolicy',
  'iam:DetachGroupPolicy',
  'iam:DetachRolePolicy',
  'iam:CreateAccessKey',
  'iam:ListAccessKeys',
  'iam:UpdateAccessKey',
  'iam:DeleteAccessKey',
  'sts:AssumeRole',
  'organizations:CreateOrganization',
  'organizations:DescribeOrganization',
  'organizations:DeleteOrganization',
  'organizations:ListAccounts',
  'organizations:InviteAccountToOrganization',
  'organizations:RemoveAccountFromOrganization',
  //
  'chancery:ListAuditEvents',
  'chancery:ExportAuditTrail',
  'chancery:ReadAuditCheckpoint',
  'chancery:MakeAuditCheckpoint',
  'chancery:ArchiveAuditTrail',
  'chancery:CreateIdentityProvider',
  'chancery:DescribeIdentityProvider',
  'chancery:ListIdentityProviders',
  'chancery:UpdateIdentityProvider',
  'chancery:DeleteIdentityProvider',
  'chancery:CreateCertificateMapping',
  'chancery:DescribeCertificateMapping',
  'chancery:ListCertificateMappings',
  'chancery:DeleteCertificateMapping',
] as const
export type Action = (typeof ACTIONS)[number]

/** These concern more than one account: a policy that allows them isn't enough. */
const INSTALLATION_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'chancery:CreateAccount',
  'chancery:ListAccounts',
  'chancery:SetCalendar',
  'chancery:OrderDnsFault',
  'chancery:OrderMailFaults',
  'chancery:DescribeKms',
  'chancery:RotateKms',
  'chancery:AcknowledgeRestore',
  'organizations:CreateOrganization',
  'organizations:DeleteOrganization',
  'organizations:InviteAccountToOrganization',
  'organizations:RemoveAccountFromOrganization',
  'chancery:ExportAuditTrail',
  'chancery:MakeAuditCheckpoint',
  'chancery:ArchiveAuditTrail',
])

/** An administrator of the installation may give and take tokens of any account: how an account gets its first one. */
const TOKEN_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'chancery:CreateToken',
  'chancery:ListTokens',
  'chancery:RevokeToken',
  'chancery:RotateToken',
])
/** Things of another account that its owner may open to others: what the caller may is half of the answer. */
const ACROSS_ACCOUNTS: ReadonlySet<Action> = new Set<Action>(['sts:AssumeRole'])

/** Who calls, and where: a call acts for one account in one region. */
export type Principal = {
  /** What the audit trail shows: `token/<id>`, `user/<name>`, `role/<name>/<session>`, `federated/<name>`, `system/<part>`, `key/<hash>`. */
  readonly id: string
  /** A key: somebody who proved to have it. */
  readonly kind: 'token' | 'user' | 'role' | 'federated' | 'system' | 'key'
  /** Whom policies name. */
  readonly arn: Arn
  readonly account: AccountId
  readonly region: Region
  readonly grants: Grants
  /** May do what concerns the whole installation, and manage tokens of other accounts. */
  readonly installation: boolean
  /** What conditions may ask about the caller and the call. */
  readonly facts: Facts
  /** What it proved itself with, where that has an id of its own: `token/<id>`, `access-key/<id>`. */
  readonly credential?: string
  /** For the audit trail. */
  readonly requestId?: string
  readonly sourceAddress?: string
  readonly userAgent?: string
}

/** Who did something, as the audit trail says it. */
export type Actor = Pick<
  Principal,
  'id' | 'kind' | 'account' | 'region' | 'credential' | 'requestId' | 'sourceAddress' | 'userAgent'
>

/** A part of the installation, acting by itself in an account. */
export const systemActor = (
  part: string,
  { account, region }: Pick<Principal, 'account' | 'region'>,
  installation = false,
): Principal => ({
  id: `system/${part}`,
  kind: 'system',
  arn: arns.system(part),
  account,
  region,
  grants: { identity: [ADMINISTRATOR_ACCESS] },
  installation,
  facts: {},
})

/**
 * Decides from its arguments alone, before anything is looked up.
 * @param facts what conditions may ask about the request and its resource, e.g. `acm-pca:templatearn`
 * @throws forbidden naming the action
 */
export function authorize(principal: Principal, action: Action, arn: Arn, facts?: Facts): void {
  if (decisionOn(principal, action, arn, facts).allowed) return
  throw new ChanceryError('forbidden', `${principal.id} may not ${action}`, { details: { action } })
}

const NOT_ALLOWED: Decision = { allowed: false, because: 'not_allowed' }

/** Whether a principal may, and which statement decided. */
export function decisionOn(principal: Principal, action: Action, arn: Arn, facts?: Facts): Decision {
  if (!mayEver(principal, action, arn)) return NOT_ALLOWED
  const known = facts === undefined ? principal.facts : { ...principal.facts, ...facts }
  return decide({ grants: principal.grants, action, resource: arn, facts: known })
}

/** What no policy can change. */
function mayEver(principal: Principal, action: Action, arn: Arn): boolean {
  if (INSTALLATION_ACTIONS.has(action)) return principal.installation
  // arn:partition:service:region:account:resource
  const account = arn.split(':', 5)[4]
  if (account === '' || account === principal.account) return true
  if (mayBeLent(action, arn) || ACROSS_ACCOUNTS.has(action)) return true
  return principal.installation && TOKEN_ACTIONS.has(action)
}
