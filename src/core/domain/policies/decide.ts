import type { Arn } from '../arns.ts'
import type { Policy, Statement } from './policy.ts'
import { matchesPattern } from './wildcards.ts'

/** What conditions may ask; keys in lower case: `aws:sourceip`, `acm-pca:templatearn`. */
export type Facts = Readonly<Record<string, string | readonly string[]>>

/**
 * What a principal may: what one of its policies allows, within the boundary and within the session, where there are any,
 * and no policy denies.
 */
export type Grants = {
  readonly identity: readonly Policy[]
  /** Permission boundary; no limit when absent. */
  readonly boundary?: readonly Policy[]
  /** A token's scope, the policies of an assumed role's session; no limit when absent. */
  readonly session?: readonly Policy[]
}

export type Question = {
  readonly grants: Grants
  readonly action: string
  readonly resource: Arn
  readonly facts: Facts
}

export type Decision = {
  readonly allowed: boolean
  /** `boundary` and `session`: allowed by the identity's policies, but not by that limit. */
  readonly because: 'allowed' | 'explicit_deny' | 'not_allowed' | 'boundary' | 'session'
  /** The statement that decided, counted from 0; none where nothing spoke of the question. */
  readonly by?: { readonly policy: string; readonly statement: number; readonly sid?: string }
}

/** Explicit denial first, then each of the three must allow. */
export function decide({ grants, action, resource }: Question): Decision {
  const { identity, boundary, session } = grants
  const limits = [boundary, session].filter((it) => it !== undefined)
  const find = (policies: readonly Policy[], effect: Statement['effect']) =>
    statementFor(policies, effect, action, resource)
  const denial = find([...identity, ...limits.flat()], 'Deny')
  if (denial !== undefined) return { allowed: false, because: 'explicit_deny', by: denial }
  const allowance = find(identity, 'Allow')
  if (allowance === undefined) return { allowed: false, because: 'not_allowed' }
  if (boundary !== undefined && find(boundary, 'Allow') === undefined)
    return { allowed: false, because: 'boundary' }
  if (session !== undefined && find(session, 'Allow') === undefined)
    return { allowed: false, because: 'session' }
  return { allowed: true, because: 'allowed', by: allowance }
}

function statementFor(
  policies: readonly Policy[],
  effect: Statement['effect'],
  action: string,
  resource: Arn,
): Decision['by'] {
  for (const { name, statements } of policies) {
    const at = statements.findIndex(
      (it) => it.effect === effect && speaksOf(it.actions, action) && speaksOf(it.resources, resource),
    )
    const sid = statements[at]?.sid
    if (at !== -1) return { policy: name, statement: at, ...(sid === undefined ? {} : { sid }) }
  }
  return undefined
}

const speaksOf = (patterns: readonly string[], text: string): boolean =>
  patterns.some((pattern) => matchesPattern(pattern, text))
