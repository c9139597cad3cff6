import { isAuthorityId, isSerial, type AuthorityId, type Serial } from '../../../core/domain/ids.ts'
import { AwsRefusal } from '../refusals.ts'

const AUTHORITY = /^arn:[^:]+:acm-pca:[^:]+:\d{12}:certificate-authority\/([^/:]+)$/

/**
 * Takes a private authority's ARN for a reference, as core operations take it: here nothing but an ARN will do.
 * @throws AwsRefusal `InvalidArnException`
 */
export function authorityArn(text: string): string {
  const [, id = ''] = AUTHORITY.exec(text) ?? []
  if (isAuthorityId(id)) return text
  throw invalidArn(text, 'arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/<uuid>')
}

export const invalidArn = (text: string, expected: string): AwsRefusal =>
  new AwsRefusal('InvalidArnException', `${text} is no ARN such as ${expected}`)

/**
 * The parts of the ARN of a certificate that a private authority issued.
 * @throws AwsRefusal `InvalidArnException`
 */
export function certificateIn(text: string): {
  readonly authorityArn: string
  readonly authority: AuthorityId
  readonly serial: Serial
} {
  const [, ofAuthority = '', serial = ''] = /^(.+)\/certificate\/([^/:]+)$/.exec(text) ?? []
  const [, authority = ''] = AUTHORITY.exec(ofAuthority) ?? []
  if (isAuthorityId(authority) && isSerial(serial)) return { authorityArn: ofAuthority, authority, serial }
  throw invalidArn(
    text,
    'arn:aws:acm-pca:eu-central-1:111122223333:certificate-authority/<uuid>/certificate/<serial>',
  )
}
