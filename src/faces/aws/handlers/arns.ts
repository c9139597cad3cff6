import { isAuthorityId } from '../../../core/domain/ids.ts'
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
