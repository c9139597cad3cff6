import type { z } from 'zod'
import type { policyDocument } from '../../contract/schemas/identities.ts'
import type { tokenCreation } from '../../contract/schemas/access.ts'
import { documentOf } from '../../core/domain/policies/document.ts'

type Document = z.output<ReturnType<typeof policyDocument>>

/** A policy as it was written; one that came as JSON, as a person would write it. */
export const policyText = (document: Document): string =>
  typeof document === 'string' ? document : JSON.stringify(document, undefined, 2)

/** A token's scope: a list of actions is the policy that allows them on anything. */
export function scopeText(scope: NonNullable<z.output<typeof tokenCreation>['scope']>): string {
  if (typeof scope === 'object' && 'actions' in scope && Array.isArray(scope.actions))
    return documentOf([{ Effect: 'Allow', Action: scope.actions, Resource: '*' }])
  return policyText(scope)
}
