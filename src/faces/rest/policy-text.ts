import { documentOf } from '../../core/domain/policies/document.ts'

type Document = string | Readonly<Record<string, unknown>>

/** A policy as it was written; one that came as JSON, as a person would write it. */
export const policyText = (document: Document): string =>
  typeof document === 'string' ? document : JSON.stringify(document, undefined, 2)

/** A token's scope: a list of actions is the policy that allows them on anything. */
export function scopeText(scope: Document | { readonly actions: readonly string[] }): string {
  if (typeof scope === 'object' && 'actions' in scope && Array.isArray(scope['actions']))
    return documentOf([{ Effect: 'Allow', Action: scope['actions'], Resource: '*' }])
  return policyText(scope)
}
