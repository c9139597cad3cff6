import type { Expression, Reference } from './expressions.ts'
import { referencesIn } from './expressions.ts'
import type { Node, Place } from './nodes.ts'
import { argumentsOf, parseExpression, textOf } from './parse-expression.ts'
import type { Problems } from './problems.ts'

/** What a condition asks. */
export type Condition =
  | { readonly kind: 'equals'; readonly place: Place; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'not'; readonly place: Place; readonly of: Condition }
  | { readonly kind: 'and' | 'or'; readonly place: Place; readonly of: readonly Condition[] }
  | { readonly kind: 'named'; readonly place: Place; readonly name: string }

const FORM =
  'a condition is expected: Fn::Equals, Fn::And, Fn::Or, Fn::Not, or Condition with the name of another one'

/** Reads a condition; undefined when it isn't one, and `problems` then says why. */
export function parseCondition(node: Node, path: string, problems: Problems): Condition | undefined {
  const [call, ...more] = node.kind === 'map' ? node.entries : []
  if (call === undefined || more.length > 0) {
    problems.add(node.place, path, FORM)
    return undefined
  }
  const { key, place, value } = call
  switch (key) {
    case 'Condition':
      return { kind: 'named', place, name: textOf(value, path, problems, 'Condition: a name') }
    case 'Fn::Equals': {
      const [left, right] = argumentsOf(value, 2, path, problems, 'Fn::Equals: [value, value]') ?? []
      if (left === undefined || right === undefined) return undefined
      return {
        kind: 'equals',
        place,
        left: parseExpression(left, path, problems),
        right: parseExpression(right, path, problems),
      }
    }
    case 'Fn::Not': {
      const [inner] = argumentsOf(value, 1, path, problems, 'Fn::Not: [condition]') ?? []
      const of = inner === undefined ? undefined : parseCondition(inner, path, problems)
      return of === undefined ? undefined : { kind: 'not', place, of }
    }
    case 'Fn::And':
    case 'Fn::Or':
      return parseSeveral(key === 'Fn::And' ? 'and' : 'or', value, path, problems)
    default:
      problems.add(place, path, FORM)
      return undefined
  }
}

function parseSeveral(
  kind: 'and' | 'or',
  value: Node,
  path: string,
  problems: Problems,
): Condition | undefined {
  if (value.kind !== 'list' || value.items.length < 2 || value.items.length > 10) {
    problems.add(
      value.place,
      path,
      `Fn::${kind === 'and' ? 'And' : 'Or'}: a list of 2 to 10 conditions is expected`,
    )
    return undefined
  }
  const of = value.items.map((item) => parseCondition(item, path, problems))
  return { kind, place: value.place, of: of.filter((each) => each !== undefined) }
}

/** Everything that a condition leans on. */
export function conditionReferences(condition: Condition): readonly Reference[] {
  switch (condition.kind) {
    case 'equals':
      return [...referencesIn(condition.left), ...referencesIn(condition.right)]
    case 'not':
      return conditionReferences(condition.of)
    case 'and':
    case 'or':
      return condition.of.flatMap(conditionReferences)
    case 'named':
      return [{ kind: 'condition', place: condition.place, name: condition.name }]
  }
}
