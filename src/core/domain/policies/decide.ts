import type { Arn } from '../arns.ts'
import type { Condition, Effect, Facts, Policy, Statement, Who } from './policy.ts'

export type { Facts } from './policy.ts'

/**
 * What a principal may, as an intersection: some identity policy allows it, the boundary allows it, the session allows
 * it; and none of them denies it.
 */
export type Grants = {
  readonly identity: readonly Policy[]
  /** A permission boundary; absent: no limit. */
  readonly boundary?: readonly Policy[]
  /** A token's scope, or the policy of an assumed role's session; absent: no limit. */
  readonly session?: readonly Policy[]
}

export type Question = {
  readonly grants: Grants
  /** As the product names it, or as AWS does. */
  readonly action: string
  readonly resource: Arn
  readonly facts: Facts
}

/** Which statement it was; counted from 0. */
export type DecidingStatement = {
  readonly policy: string
  readonly statement: number
  readonly sid?: string
}

export type Decision = {
  readonly allowed: boolean
  /** `boundary`, `session`: an identity policy allows it, and this one doesn't. */
  readonly because: 'allowed' | 'explicit_deny' | 'not_allowed' | 'boundary' | 'session'
  /** The statement that denies or allows; absent where none does. */
  readonly by?: DecidingStatement
}

/** Decides as IAM does: an explicit denial anywhere comes first, then every layer has to allow. Default is no. */
export function decide({ grants, action, resource, facts }: Question): Decision {
  const { identity, boundary, session } = grants
  const denied =
    decisive('Deny', identity, action, resource, facts) ??
    (boundary && decisive('Deny', boundary, action, resource, facts)) ??
    (session && decisive('Deny', session, action, resource, facts))
  if (denied !== undefined) return { allowed: false, because: 'explicit_deny', by: denied }
  const allowed = decisive('Allow', identity, action, resource, facts)
  if (allowed === undefined) return { allowed: false, because: 'not_allowed' }
  if (boundary !== undefined && decisive('Allow', boundary, action, resource, facts) === undefined)
    return { allowed: false, because: 'boundary' }
  if (session !== undefined && decisive('Allow', session, action, resource, facts) === undefined)
    return { allowed: false, because: 'session' }
  return { allowed: true, because: 'allowed', by: allowed }
}

/** What policies that name their principals say about a caller: a resource's, or a role's trust (without a resource). */
export type ResourceQuestion = {
  readonly policies: readonly Policy[]
  readonly who: Who
  readonly action: string
  readonly resource: Arn
  readonly facts: Facts
}

/** What a resource's own policies, or a role's trust, say about a caller that they may name. */
export function decideByResource({ policies, who, action, resource, facts }: ResourceQuestion): Decision {
  const denied = decisive('Deny', policies, action, resource, facts, who)
  if (denied !== undefined) return { allowed: false, because: 'explicit_deny', by: denied }
  const allowed = decisive('Allow', policies, action, resource, facts, who)
  return allowed === undefined
    ? { allowed: false, because: 'not_allowed' }
    : { allowed: true, because: 'allowed', by: allowed }
}

/** The first statement of that effect that applies to the call. */
function decisive(
  effect: Effect,
  policies: readonly Policy[],
  action: string,
  resource: Arn,
  facts: Facts,
  who?: Who,
): DecidingStatement | undefined {
  for (const about of statementsAbout(policies, action)[effect]) {
    const { covers, conditions } = about.statement
    if (covers?.(resource, facts) === false || !binds(about.statement, who)) continue
    if (allHold(conditions, facts)) return nameOf(about)
  }
  return undefined
}

/** A statement with a principal needs a caller to compare; one without is about whom it is attached to. */
const binds = ({ binds: named }: Statement, who: Who | undefined): boolean =>
  named === undefined ? who === undefined : who !== undefined && named(who)

function allHold(conditions: readonly Condition[], facts: Facts): boolean {
  for (const condition of conditions) if (!condition.holds(facts)) return false
  return true
}

const nameOf = ({ policy, number, statement: { sid } }: About): DecidingStatement => ({
  policy,
  statement: number,
  ...(sid === undefined ? {} : { sid }),
})

/** A statement that names the action, with its place in the policy. */
type About = { readonly policy: string; readonly number: number; readonly statement: Statement }
type ByEffect = { readonly [Each in Effect]: readonly About[] }

/**
 * What the policies of a list say about each action that was asked for: found once, as long as the list lives. Callers
 * keep a principal's list as long as its policies stand.
 */
const index = new WeakMap<readonly Policy[], Map<string, ByEffect>>()
/** Callers may ask for actions that don't exist (simulation); these aren't kept without end. */
const MOST_ACTIONS = 1_000

function statementsAbout(policies: readonly Policy[], action: string): ByEffect {
  const known = index.get(policies)?.get(action)
  if (known !== undefined) return known
  const all = policies.flatMap(({ name, statements }) =>
    statements
      .map((statement, number) => ({ policy: name, number, statement }))
      .filter(({ statement }) => statement.names(action)),
  )
  const about = {
    Allow: all.filter(({ statement }) => statement.effect === 'Allow'),
    Deny: all.filter(({ statement }) => statement.effect === 'Deny'),
  }
  let actions = index.get(policies)
  if (actions === undefined || actions.size >= MOST_ACTIONS) {
    actions = new Map()
    index.set(policies, actions)
  }
  actions.set(action, about)
  return about
}
