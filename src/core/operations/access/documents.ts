import type { AttachedPolicy } from '../../domain/identities.ts'
import type { PolicyId } from '../../domain/ids.ts'
import { ROLE_POLICIES } from '../../domain/policies/built-in.ts'
import type { Policy } from '../../domain/policies/policy.ts'

export type PolicyKind = 'identity' | 'resource' | 'trust' | 'scope'
type Doc = { Statement: object | object[] }
const list = (it: unknown): string[] => (it === undefined ? [] : [it as string | string[]].flat())
// wip: parsePolicy takes this one's place
export function parsedPolicy(text: string, _kind: PolicyKind, name: string): Policy {
  const { Statement } = JSON.parse(text) as Doc
  const all = (Array.isArray(Statement) ? Statement : [Statement]) as Record<string, unknown>[]
  return {
    name,
    statements: all.map((it) => ({
      effect: it['Effect'] as 'Allow' | 'Deny',
      actions: list(it['Action']),
      resources: list(it['Resource']),
    })),
  }
}

export const BUILT_IN: readonly Policy[] = Object.values(ROLE_POLICIES)
export const builtIn = (name: string): Policy | undefined => BUILT_IN.find((it) => it.name === name)

/**
 * A policy that somebody has, as it decides.
 * @throws Error for a built-in one that this version doesn't know, and for one that can't be read: nobody acts half bound
 */
export function decidingPolicy({ id, name, document }: AttachedPolicy): Policy {
  if (document !== undefined) return parsedPolicy(document, 'identity', name)
  const policy = builtIn(id)
  if (policy === undefined) throw new Error(`policy ${id} is not one that this version knows`)
  return policy
}

export const isBuiltIn = (id: PolicyId): boolean => builtIn(id) !== undefined
