import type { InvitationJson, ShareJson, SharePermissionJson } from '../../../contract/schemas/shares.ts'
import { arns } from '../../../core/domain/arns.ts'
import { invitationStatus, type ShareInvitation } from '../../../core/domain/shares.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import type { ShareView } from '../../../core/operations/sharing/read-shares.ts'
import type { PermissionView } from '../../../core/operations/sharing/share-permissions.ts'

/** A share as the caller sees it. */
export const shareJson = ({ share, permission, authorities, principals }: ShareView): ShareJson => ({
  id: share.id,
  arn: arns.share(share, share.id),
  account: share.account,
  region: share.region,
  name: share.name,
  external: share.external,
  permission,
  authorities: authorities.map((id) => arns.authority(share, id)),
  principals: principals.map(({ principal, standing }) => ({ principal, standing })),
  tags: { ...share.tags },
  createdAt: isoOf(share.createdAt),
  updatedAt: isoOf(share.updatedAt),
})

/** @param now of the system clock */
export const invitationJson = (invitation: ShareInvitation, now: Millis): InvitationJson => ({
  id: invitation.id,
  arn: arns.invitation(invitation, invitation.id),
  share: arns.share({ ...invitation, account: invitation.sender }, invitation.share),
  shareName: invitation.shareName,
  sender: invitation.sender,
  account: invitation.account,
  status: invitationStatus(invitation, now),
  createdAt: isoOf(invitation.createdAt),
  expiresAt: isoOf(invitation.expiresAt),
  ...(invitation.decidedAt === undefined ? {} : { decidedAt: isoOf(invitation.decidedAt) }),
})

export const sharePermissionJson = ({ permission, versions }: PermissionView): SharePermissionJson => ({
  arn: arns.sharePermission(permission, permission.name),
  name: permission.name,
  defaultVersion: permission.defaultVersion,
  versions: versions.map(({ version, actions, templates, createdAt }) => ({
    version,
    actions: [...actions],
    ...(templates === undefined ? {} : { templates: [...templates] }),
    createdAt: isoOf(createdAt),
  })),
  createdAt: isoOf(permission.createdAt),
  updatedAt: isoOf(permission.updatedAt),
})
