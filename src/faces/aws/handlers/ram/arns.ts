import { isInvitationId, isShareId } from '../../../../core/domain/ids.ts'
import { AwsRefusal } from '../../refusals.ts'

const SHARE = /^arn:aws[a-z-]*:ram:[^:]+:(\d{12}):resource-share\/([^/:]+)$/
const INVITATION = /^arn:aws[a-z-]*:ram:[^:]+:\d{12}:resource-share-invitation\/([^/:]+)$/
const PERMISSION = /^arn:aws[a-z-]*:ram:[^:]*:(?:aws|\d{12}):permission\/[\w.-]{1,128}$/
const AUTHORITY = /^arn:aws[a-z-]*:acm-pca:[^:]+:\d{12}:certificate-authority\/[^/:]+$/

/** The one kind of resource that is shared here. */
export const RESOURCE_TYPE = 'acm-pca:CertificateAuthority'

const malformedArn = (text: string, expected: string): AwsRefusal =>
  new AwsRefusal('MalformedArnException', `${text.slice(0, 200)} is no ARN such as ${expected}`)

/** @returns the ARN itself, which is a reference to the core. @throws AwsRefusal `MalformedArnException` */
export function shareArn(text: string): string {
  if (isShareId(SHARE.exec(text)?.[2] ?? '')) return text
  throw malformedArn(text, 'arn:aws:ram:eu-central-1:111122223333:resource-share/<uuid>')
}

/** Whose a share is. */
export const accountOfShare = (arn: string): string | undefined => SHARE.exec(arn)?.[1]

/** @returns its id. @throws AwsRefusal `MalformedArnException` */
export function invitationId(text: string): string {
  const [, id = ''] = INVITATION.exec(text) ?? []
  if (isInvitationId(id)) return id
  throw malformedArn(text, 'arn:aws:ram:eu-central-1:111122223333:resource-share-invitation/<uuid>')
}

/** @returns the ARN itself. @throws AwsRefusal `MalformedArnException` */
export function permissionArn(text: string): string {
  if (PERMISSION.test(text)) return text
  throw malformedArn(text, 'arn:aws:ram::aws:permission/AWSRAMDefaultPermissionCertificateAuthority')
}

/** @returns the ARN itself. @throws AwsRefusal `MalformedArnException`, also for resources that can't be shared here */
export function resourceArn(text: string): string {
  if (AUTHORITY.test(text)) return text
  throw malformedArn(text, 'arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/<uuid>')
}
