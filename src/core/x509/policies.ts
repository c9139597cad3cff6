import { OID } from './oids.ts'

/** What one certificate says about policies (RFC 5280 §4.2.1.4, §4.2.1.5, §4.2.1.11, §4.2.1.14); absent is undefined. */
export type PolicyExtensions = {
  readonly policies: readonly string[] | undefined
  readonly policyMappings: readonly PolicyMapping[] | undefined
  readonly policyConstraints: PolicyConstraints | undefined
  readonly inhibitAnyPolicy: number | undefined
}
export type PolicyMapping = { readonly issuer: string; readonly subject: string }
export type PolicyConstraints = {
  readonly requireExplicitPolicy?: number
  readonly inhibitPolicyMapping?: number
}

/** Policies that are valid so far, each with those that a certificate below may name for it. */
type Level = ReadonlyMap<string, ReadonlySet<string>>

/**
 * Where path validation stands below an authority (RFC 5280 §6.1.2), for a verifier who accepts any policy. Of the
 * valid_policy_tree only the deepest level is kept, each policy once (RFC 9618 §3): nodes without children are pruned,
 * so the tree is NULL exactly when that level is empty, and only a verifier's own choice of policies would look higher.
 */
export type PolicyState = {
  readonly level: Level
  /** Certificates until a policy is required, until mappings and anyPolicy end; Infinity: never. */
  readonly explicitPolicy: number
  readonly policyMapping: number
  readonly inhibitAnyPolicy: number
  /** A certificate of the chain itself has no valid policy where one is required (§6.1.3 (f)), or maps anyPolicy. */
  readonly failed: boolean
}

const ANY = OID.anyPolicy

/** Before the first certificate: everything is valid and nothing required (RFC 5280 §6.1.2 (a), (d) to (f)). */
export const ANY_POLICY_STATE: PolicyState = {
  level: new Map([[ANY, new Set([ANY])]]),
  explicitPolicy: Number.POSITIVE_INFINITY,
  policyMapping: Number.POSITIVE_INFINITY,
  inhibitAnyPolicy: Number.POSITIVE_INFINITY,
  failed: false,
}

/** The state below one more authority (RFC 5280 §6.1.3 (d) to (f), §6.1.4 (a), (b), (h) to (j)). */
export function policiesBelow(
  state: PolicyState,
  authority: PolicyExtensions,
  selfIssued: boolean,
): PolicyState {
  const level = levelAt(state, authority, selfIssued)
  const mappings = authority.policyMappings ?? []
  const less = (counter: number): number => (selfIssued || counter === 0 ? counter : counter - 1)
  const { requireExplicitPolicy, inhibitPolicyMapping } = authority.policyConstraints ?? {}
  return {
    level: mapped(level, mappings, state.policyMapping > 0),
    explicitPolicy: Math.min(less(state.explicitPolicy), requireExplicitPolicy ?? Infinity),
    policyMapping: Math.min(less(state.policyMapping), inhibitPolicyMapping ?? Infinity),
    inhibitAnyPolicy: Math.min(less(state.inhibitAnyPolicy), authority.inhibitAnyPolicy ?? Infinity),
    failed:
      state.failed ||
      (level.size === 0 && state.explicitPolicy === 0) ||
      mappings.some(({ issuer, subject }) => issuer === ANY || subject === ANY),
  }
}

/** Whether a leaf has a valid policy, or needs none (RFC 5280 §6.1.3 (f), §6.1.5 (a): the counter goes down once more). */
export const leafPoliciesHold = (state: PolicyState, leaf: PolicyExtensions): boolean =>
  !state.failed && (state.explicitPolicy > 1 || levelAt(state, leaf, false).size > 0)

/** Whether anything below an authority in this state could be valid: it has a policy left, or the next needs none. */
export const leavesPolicies = (below: PolicyState): boolean =>
  !below.failed && (below.explicitPolicy > 1 || below.level.size > 0)

/** Policies that a certificate below may name; `undefined` where it may name any. */
export function namablePolicies({ level, inhibitAnyPolicy }: PolicyState): readonly string[] | undefined {
  if (level.has(ANY)) return undefined
  const named = new Set([...level.values()].flatMap((expected) => [...expected]))
  return inhibitAnyPolicy > 0 && named.size > 0 ? [...named, ANY] : [...named]
}

/** RFC 5280 §6.1.3 (d), (e). */
function levelAt(
  { level, inhibitAnyPolicy }: PolicyState,
  { policies }: PolicyExtensions,
  selfIssuedAuthority: boolean,
): Level {
  if (policies === undefined) return new Map()
  const expected = new Set([...level.values()].flatMap((each) => [...each]))
  const next = new Map<string, ReadonlySet<string>>()
  for (const policy of policies)
    if (policy !== ANY && (expected.has(policy) || level.has(ANY))) next.set(policy, new Set([policy]))
  if (policies.includes(ANY) && (inhibitAnyPolicy > 0 || selfIssuedAuthority))
    for (const policy of expected) if (!next.has(policy)) next.set(policy, new Set([policy]))
  return next
}

/** RFC 5280 §6.1.4 (b): what certificates below call the policies, or, where mapping is inhibited, without them. */
function mapped(level: Level, mappings: readonly PolicyMapping[], allowed: boolean): Level {
  if (mappings.length === 0) return level
  const next = new Map(level)
  const subjects = Map.groupBy(mappings, ({ issuer }) => issuer)
  for (const [issuer, equivalent] of subjects) {
    if (!allowed) next.delete(issuer)
    else if (level.has(issuer) || level.has(ANY))
      next.set(issuer, new Set(equivalent.map(({ subject }) => subject)))
  }
  return next
}
