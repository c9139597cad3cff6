import type { DecidingStatement, Question } from './decide.ts'
import type { Effect, Facts, Policy, Statement } from './policy.ts'

export const LAYERS = ['identity', 'boundary', 'session'] as const
export type Layer = (typeof LAYERS)[number]

/** A statement that names the action, and whether it applies to the call. */
export type ConsideredStatement = DecidingStatement & {
  readonly layer: Layer
  readonly effect: Effect
  readonly applies: boolean
  /** Why it doesn't: the resource isn't one of its own, or a condition isn't met. */
  readonly unless?: 'resource' | 'condition'
  /** The first condition that isn't met. */
  readonly condition?: { readonly operator: string; readonly key: string }
}

export type Explanation = {
  readonly considered: readonly ConsideredStatement[]
  /** Condition keys that these statements ask about and that the call has no value for. */
  readonly missing: readonly string[]
}

/** What each statement that names the action says about a call; in the order in which they are looked at. */
export function explain({ grants, action, resource, facts }: Question): Explanation {
  const about = LAYERS.flatMap((layer) =>
    (grants[layer] ?? []).flatMap((policy) => statementsOf(layer, policy, action)),
  )
  const considered = about.map(({ named, statement }) => {
    const { covers, conditions } = statement
    if (covers?.(resource, facts) === false) return { ...named, applies: false, unless: 'resource' as const }
    const failed = conditions.find((condition) => !condition.holds(facts))
    if (failed === undefined) return { ...named, applies: true }
    const condition = { operator: failed.operator, key: failed.key }
    return { ...named, applies: false, unless: 'condition' as const, condition }
  })
  const asked = about.flatMap(({ statement }) => statement.conditions.map(({ key }) => key))
  return { considered, missing: [...new Set(asked)].filter((key) => !has(facts, key)).sort() }
}

const has = (facts: Facts, key: string): boolean => facts[key.toLowerCase()] !== undefined

const statementsOf = (layer: Layer, policy: Policy, action: string) =>
  policy.statements.flatMap((statement: Statement, number) => {
    const { sid, effect } = statement
    const named = {
      layer,
      policy: policy.name,
      statement: number,
      effect,
      ...(sid === undefined ? {} : { sid }),
    }
    return statement.names(action) ? [{ named, statement }] : []
  })
