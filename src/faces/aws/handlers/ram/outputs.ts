import { arns } from '../../../../core/domain/arns.ts'
import { invitationStatus, type ShareInvitation } from '../../../../core/domain/shares.ts'
import type { Millis } from '../../../../core/domain/time.ts'
import type { ShareView } from '../../../../core/operations/sharing/read-shares.ts'
import type { PrincipalStanding } from '../../../../core/ports/share-store.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as shapes from '../../models/ram/shapes.ts'
import { RESOURCE_TYPE } from './arns.ts'

type Share = ValueOf<typeof shapes.ResourceShare>
type Association = ValueOf<typeof shapes.ResourceShareAssociation>
type AssociationStatus = Association['status']
type Invitation = ValueOf<typeof shapes.ResourceShareInvitation>
type Resource = ValueOf<typeof shapes.Resource>

export const tagList = (tags: Readonly<Record<string, string>>) =>
  Object.entries(tags).map(([key, value]) => ({ key, value }))

/** The other way round; a key that is there twice has its last value. */
export const tagsFrom = (
  tags: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[] = [],
): Record<string, string> => Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]))

/** A share as RAM shows it. One that is deleted isn't there any more, so all of them are active. */
export const shareOutput = ({ share }: ShareView): Share => ({
  resourceShareArn: arns.share(share, share.id),
  name: share.name,
  owningAccountId: share.account,
  allowExternalPrincipals: share.external,
  status: 'ACTIVE',
  tags: tagList(share.tags),
  creationTime: share.createdAt,
  lastUpdatedTime: share.updatedAt,
  featureSet: 'STANDARD',
})

const STANDINGS = {
  accepted: 'ASSOCIATED',
  organization: 'ASSOCIATED',
  invited: 'ASSOCIATING',
  // Refused, or never answered.
  none: 'FAILED',
} as const satisfies Record<PrincipalStanding['standing'], AssociationStatus>

/** Whom a share goes to. */
export const principalAssociations = (view: ShareView): readonly Association[] =>
  view.principals.map(({ principal, standing, createdAt }) => ({
    ...associationOf(view, principal, STANDINGS[standing]),
    associationType: 'PRINCIPAL',
    creationTime: createdAt,
    external: standing !== 'organization',
  }))

/** What is on a share. */
export const resourceAssociations = (view: ShareView): readonly Association[] =>
  view.authorities.map((id) => ({
    ...associationOf(view, arns.authority(view.share, id), 'ASSOCIATED'),
    associationType: 'RESOURCE',
  }))

const associationOf = (
  { share }: ShareView,
  associatedEntity: string,
  status: AssociationStatus,
): Association => ({
  resourceShareArn: arns.share(share, share.id),
  resourceShareName: share.name,
  associatedEntity,
  status,
  creationTime: share.createdAt,
  lastUpdatedTime: share.updatedAt,
  external: false,
})

/** Authorities on a share, as what can be used. */
export const resourceOutputs = ({ share, authorities }: ShareView): readonly Resource[] =>
  authorities.map((id) => ({
    arn: arns.authority(share, id),
    type: RESOURCE_TYPE,
    resourceShareArn: arns.share(share, share.id),
    status: 'AVAILABLE',
    creationTime: share.createdAt,
    lastUpdatedTime: share.updatedAt,
    resourceRegionScope: 'REGIONAL',
  }))

/** @param now of the system clock */
export function invitationOutput(invitation: ShareInvitation, now: Millis): Invitation {
  const status = invitationStatus(invitation, now)
  return {
    resourceShareInvitationArn: arns.invitation(invitation, invitation.id),
    resourceShareName: invitation.shareName,
    resourceShareArn: arns.share({ ...invitation, account: invitation.sender }, invitation.share),
    senderAccountId: invitation.sender,
    receiverAccountId: invitation.account,
    invitationTimestamp: invitation.createdAt,
    // One that either side has ended is no more to be answered than one that ran out.
    status: status === 'ENDED' ? 'EXPIRED' : status,
  }
}
