import type { ManagedId } from '../../../../core/domain/ids.ts'
import { managedIdIn } from '../../../../core/operations/managed/managed-at.ts'
import type { Place } from '../../../../core/ports/store.ts'
import { invalidArn } from '../arns.ts'

const CERTIFICATE = /^arn:[^:]+:acm:[^:]+:\d{12}:certificate\/[^/:]+$/

/**
 * Takes a certificate's ARN for a reference, as core operations take it: here nothing but an ARN will do.
 * @throws AwsRefusal `InvalidArnException`
 */
export function certificateArn(text: string): string {
  if (CERTIFICATE.test(text)) return text
  throw invalidArn(text, 'arn:aws:acm:eu-central-1:111122223333:certificate/<uuid>')
}

/** The id in an ARN of the place; undefined for any other. */
export const managedIdOf = (place: Place, arn: string): ManagedId | undefined =>
  arn.startsWith('arn:') ? managedIdIn(place, arn) : undefined
