import type { Operator, Test } from './condition-operators.ts'
import type { Effect, Facts } from './policy.ts'

export type SetOperator = 'ForAllValues' | 'ForAnyValue'

/** How a key is asked about, but for the policy's values. */
export type Asked = {
  /** In lower case, as facts have it. */
  readonly key: string
  readonly operator: Pick<Operator, 'negated'>
  readonly set: SetOperator | undefined
  readonly ifExists: boolean
  readonly effect: Effect
}

/**
 * Whether a call meets one condition. Where nothing can be said (a variable without a value, a date that is none) and
 * where a call has several values for a key that was thought to have one, the answer is the one that allows less.
 */
export function conditionOf(asked: Asked, tests: readonly Test[]): (facts: Facts) => boolean {
  const { key, operator, effect } = asked
  const denies = effect === 'Deny'
  const each = (value: string, facts: Facts): boolean => {
    let unknown = false
    for (const test of tests) {
      const fits = test(value, facts)
      if (fits === true) return !operator.negated
      if (fits === undefined) unknown = true
    }
    return operator.negated && (!unknown || denies)
  }
  const missing = whenMissing(asked)
  const some = asked.set === undefined ? denies : asked.set === 'ForAnyValue'
  return (facts) => {
    const given = facts[key]
    if (typeof given === 'string') return each(given, facts)
    if (given === undefined || given.length === 0) return missing
    return some ? given.some((value) => each(value, facts)) : given.every((value) => each(value, facts))
  }
}

/** `IfExists` is about single values: it changes nothing under a set operator, as in IAM. */
function whenMissing({ operator, set, ifExists }: Asked): boolean {
  if (set !== undefined) return set === 'ForAllValues'
  return ifExists || operator.negated
}

/** `Null`: whether the call must be without the key. An empty list is no value; an empty text is one. */
export const nullCondition =
  (key: string, absent: boolean) =>
  (facts: Facts): boolean => {
    const given = facts[key]
    return (given === undefined || (typeof given !== 'string' && given.length === 0)) === absent
  }
