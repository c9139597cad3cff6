import { ChanceryError } from '../../domain/errors.ts'
import type { AttachedPolicy } from '../../domain/identities.ts'
import { BUILT_IN_POLICIES } from '../../domain/policies/built-in.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Policy, PolicyKind } from '../../domain/policies/policy.ts'

/**
 * A policy that somebody has, as it decides.
 * @throws Error for one that this version doesn't know or can't read any more: nobody acts half bound
 */
export function decidingPolicy({ id, name, document }: AttachedPolicy): Policy {
  if (document !== undefined) return storedPolicy(document, 'identity', name)
  const builtIn = BUILT_IN_POLICIES.get(id)
  if (builtIn === undefined) throw new Error(`policy ${id} is not one that this version knows`)
  return builtIn.policy
}

/** A document from the database, which was understood when it was written. @throws Error as above */
export function storedPolicy(document: string, kind: PolicyKind, name: string): Policy {
  try {
    return parsePolicy(document, kind, name)
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    throw new Error(`policy ${name} can’t be read by this version: ${error.message}`, { cause: error })
  }
}
