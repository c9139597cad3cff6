import type { AccountId, InvitationId, OrganizationId, Region, ShareId } from './ids.ts'
import { isAccountId, isOrganizationId, SYSTEM_ACCOUNT } from './ids.ts'
import { DAY, type Millis } from './time.ts'

/** What an account lends of its authorities to others (AWS RAM's resource share). */
export type ResourceShare = {
  readonly id: ShareId
  /** The lender. */
  readonly account: AccountId
  readonly region: Region
  /** For people; several may have the same. */
  readonly name: string
  /** Grows with each change of the share itself. */
  readonly revision: number
  /** Whether it may go to accounts outside the lender's organization. */
  readonly external: boolean
  /** What borrowers may: a managed permission's name, or the id of one of the lender's own, in one version. */
  readonly permission: string
  readonly permissionVersion: number
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** To whom a share goes. */
export type SharePrincipal = {
  readonly share: ShareId
  /** As it was named: an account's id, or the ARN of a user, a role or an organization. */
  readonly principal: string
  /** Whose it is; undefined for an organization. */
  readonly account: AccountId | undefined
  readonly organization: OrganizationId | undefined
  readonly createdAt: Millis
}

/** PENDING and ACCEPTED ones stand; ENDED: the account left, or the lender took it off the share. */
export const INVITATION_STATUSES = ['PENDING', 'ACCEPTED', 'REJECTED', 'ENDED'] as const
export type InvitationStatus = (typeof INVITATION_STATUSES)[number]

/** An account outside the lender's organization uses a share when it has said that it wants to. */
export type ShareInvitation = {
  readonly id: InvitationId
  readonly share: ShareId
  readonly shareName: string
  /** The lender. */
  readonly sender: AccountId
  /** Who is invited. */
  readonly account: AccountId
  readonly region: Region
  readonly status: InvitationStatus
  readonly createdAt: Millis
  readonly expiresAt: Millis
  readonly decidedAt: Millis | undefined
}

/** How long an invitation can be accepted, by the system clock. */
export const INVITATION_LIFE = 7 * DAY

export const invitationStatus = (
  { status, expiresAt }: ShareInvitation,
  now: Millis,
): InvitationStatus | 'EXPIRED' => (status === 'PENDING' && expiresAt <= now ? 'EXPIRED' : status)

/** Of one share. */
export const MAX_SHARED_AUTHORITIES = 100
export const MAX_SHARE_PRINCIPALS = 100
/** Of one account and region. */
export const MAX_SHARES = 500

const USER_OR_ROLE = /^arn:aws[a-z-]*:iam::([0-9]{12}):(user|role)\/[\w+=,.@-]{1,64}(?:\/[\w+=,.@-]{1,64})*$/
const ACCOUNT_ROOT = /^arn:aws[a-z-]*:iam::([0-9]{12}):root$/
const ORGANIZATION = /^arn:aws[a-z-]*:organizations::[0-9]{12}:organization\/(o-[a-z0-9]{10,32})$/

/**
 * Whom a text names: an account by its id (or as `arn:aws:iam::<id>:root`), a user or role by its ARN, an organization by
 * its ARN. Undefined for anything else.
 */
export function sharePrincipalFrom(
  text: string,
): Pick<SharePrincipal, 'principal' | 'account' | 'organization'> | undefined {
  const account = ACCOUNT_ROOT.exec(text)?.[1] ?? text
  if (isAccountId(account))
    return account === SYSTEM_ACCOUNT ? undefined : { principal: account, account, organization: undefined }
  const organization = ORGANIZATION.exec(text)?.[1]
  if (organization !== undefined && isOrganizationId(organization))
    return { principal: text, account: undefined, organization }
  const owner = USER_OR_ROLE.exec(text)?.[1]
  return owner !== undefined && isAccountId(owner)
    ? { principal: text, account: owner, organization: undefined }
    : undefined
}

/** What the ARN of a role's session stands for: the role. Any other ARN stands for itself. */
export function identityArn(arn: string): string {
  const [, partition, account, role] = /^arn:([^:]+):sts::([0-9]{12}):assumed-role\/([^/]+)\//.exec(arn) ?? []
  return role === undefined ? arn : `arn:${partition}:iam::${account}:role/${role}`
}
