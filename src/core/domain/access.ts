import type { Arn } from './arns.ts'
import { ChanceryError } from './errors.ts'
import type { AccountId, Region } from './ids.ts'

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
] as const
export type Action = (typeof ACTIONS)[number]

/** Fixed roles: `administrator` may do everything in its account, `issuer` works with certificates only. */
export const ROLES = ['administrator', 'issuer'] as const
export type Role = (typeof ROLES)[number]

const ISSUER_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'acm-pca:DescribeCertificateAuthority',
  'acm-pca:GetCertificateAuthorityCertificate',
  'acm-pca:ListCertificateAuthorities',
  'acm-pca:IssueCertificate',
  'acm-pca:GetCertificate',
  'acm-pca:RevokeCertificate',
  'chancery:ListCertificates',
  'chancery:ExportCertificate',
  'chancery:DescribeInstallation',
  'chancery:DescribeProfile',
  'chancery:ListProfiles',
  'chancery:DescribeSerial',
  'chancery:ListEvents',
  'chancery:DescribeEvent',
  'acm:RequestCertificate',
  'acm:DescribeCertificate',
  'acm:GetCertificate',
  'acm:ListCertificates',
  'acm:ImportCertificate',
  'acm:ExportCertificate',
  'acm:RenewCertificate',
  'acm:RevokeCertificate',
  'acm:AddTagsToCertificate',
  'acm:ResendValidationEmail',
  'chancery:AssociateCertificate',
  'chancery:ValidateCertificate',
])
const INSTALLATION_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'chancery:CreateAccount',
  'chancery:ListAccounts',
  'chancery:SetCalendar',
  'chancery:OrderDnsFault',
  'chancery:OrderMailFaults',
  'chancery:DescribeKms',
  'chancery:RotateKms',
  'chancery:AcknowledgeRestore',
])

/** Who calls, and where: a call acts for one account in one region. */
export type Principal = {
  /** `token/<id>`, `system/<part>` or `key/<hash>`, who proved to have a key: what the audit trail shows. */
  readonly id: string
  readonly kind: 'token' | 'system' | 'key'
  readonly account: AccountId
  readonly region: Region
  readonly role: Role
  /** May create accounts, and tokens for other accounts. */
  readonly installation: boolean
  /** For the audit trail. */
  readonly requestId?: string
  readonly sourceAddress?: string
  readonly userAgent?: string
}

/**
 * Decides from its arguments alone, before anything is looked up.
 * @throws forbidden naming the action
 */
export function authorize(principal: Principal, action: Action, arn: Arn): void {
  if (allows(principal, action, arn)) return
  throw new ChanceryError('forbidden', `${principal.id} may not ${action}`, { details: { action } })
}

function allows(principal: Principal, action: Action, arn: Arn): boolean {
  if (INSTALLATION_ACTIONS.has(action)) return principal.installation
  // arn:partition:service:region:account:resource; an ARN of another account never matches, whatever the role.
  const account = arn.split(':')[4]
  if (account !== '' && account !== principal.account && !principal.installation) return false
  if (account !== '' && account !== principal.account)
    return action.startsWith('chancery:') && TOKEN_ACTIONS.has(action)
  if (principal.role === 'administrator') return true
  return ISSUER_ACTIONS.has(action)
}
const TOKEN_ACTIONS: ReadonlySet<Action> = new Set<Action>([
  'chancery:CreateToken',
  'chancery:ListTokens',
  'chancery:RevokeToken',
])
