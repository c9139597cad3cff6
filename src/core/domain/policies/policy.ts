import type { Arn } from '../arns.ts'

export type Effect = 'Allow' | 'Deny'

/** What a condition may ask about a call: keys in lower case (`aws:sourceip`, `acm-pca:templatearn`). */
export type Facts = Readonly<Record<string, string | readonly string[]>>

/** Whom a resource's policy or a role's trust may name: every name that stands for the caller, by kind of principal. */
export type Who = {
  /** ARNs: the caller's own, its role's, its account's (`arn:aws:iam::<account>:root`). */
  readonly AWS?: readonly string[]
  readonly Federated?: readonly string[]
  readonly Service?: readonly string[]
}

/** One key of a `Condition` block under one operator. */
export type Condition = {
  /** As written: `ForAllValues:StringLike`. */
  readonly operator: string
  /** As written: `aws:TagKeys`. */
  readonly key: string
  readonly holds: (facts: Facts) => boolean
}

/** A statement as it decides: each member answers one question about a call. */
export type Statement = {
  readonly sid?: string
  readonly effect: Effect
  /** `Principal` or `NotPrincipal`; absent where the policy's owner is meant. */
  readonly binds?: (who: Who) => boolean
  /** `Action` or `NotAction`; of an action as the product names it. */
  readonly names: (action: string) => boolean
  /** `Resource` or `NotResource`; absent in a role's trust, which is about the role. */
  readonly covers?: (resource: Arn, facts: Facts) => boolean
  readonly conditions: readonly Condition[]
}

/** A policy as it decides: parsed once, frozen. */
export type Policy = { readonly name: string; readonly statements: readonly Statement[] }

/** Where a policy stands, which decides what it may say. `scope`: a token's, or a session's. */
export const POLICY_KINDS = ['identity', 'resource', 'trust', 'scope'] as const
export type PolicyKind = (typeof POLICY_KINDS)[number]

/**
 * The longest document of each kind, in characters; a resource's is AWS Private CA's own limit. Together with the length
 * of what is matched it bounds the work of a decision.
 */
export const LONGEST_POLICY: Readonly<Record<PolicyKind, number>> = {
  identity: 20_480,
  resource: 81_920,
  trust: 20_480,
  scope: 20_480,
}
