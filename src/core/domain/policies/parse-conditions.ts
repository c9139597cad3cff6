import { conditionKey } from './condition-keys.ts'
import { OPERATORS, type Operator } from './condition-operators.ts'
import { conditionOf, nullCondition, type SetOperator } from './conditions.ts'
import type { Spot } from './findings.ts'
import { bounded, textsOf, type Setting } from './parsed-nodes.ts'
import type { Condition, Effect } from './policy.ts'
import { shown, type JsonNode } from './positioned-json.ts'

type Named = {
  readonly written: string
  /** `Null` asks whether there is a value at all. */
  readonly operator: Operator | 'Null'
  readonly set: SetOperator | undefined
  readonly ifExists: boolean
}

const OPERATOR = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** A statement's `Condition`: all of them must hold. */
export function parseConditions(node: JsonNode, path: string, effect: Effect, setting: Setting): Condition[] {
  const { findings } = setting
  if (node.kind !== 'object') {
    findings.add('type', { path, at: node.at }, 'is not an object of operators')
    return []
  }
  return [...node.members].flatMap(([written, { at, value }]) => {
    const spot = { path: `${path}.${shown(written)}`, at }
    const named = operatorNamed(written)
    if (named === undefined) {
      findings.add('operator', spot, 'is no condition operator of IAM')
      return []
    }
    if (value.kind !== 'object' || value.members.size === 0) {
      findings.add('type', { ...spot, at: value.at }, 'is not an object of condition keys and their values')
      return []
    }
    return [...value.members].flatMap(
      ([key, member]) =>
        parseCondition(
          named,
          key,
          member.value,
          { path: `${spot.path}.${shown(key)}`, at: member.at },
          effect,
          setting,
        ) ?? [],
    )
  })
}

function operatorNamed(written: string): Named | undefined {
  const [, set, name = '', ifExists] = OPERATOR.exec(written) ?? []
  if (name === 'Null')
    return set === undefined && ifExists === undefined
      ? { written, operator: 'Null', set: undefined, ifExists: false }
      : undefined
  const operator = OPERATORS.get(name)
  return (
    operator && { written, operator, set: set as SetOperator | undefined, ifExists: ifExists !== undefined }
  )
}

function parseCondition(
  { written, operator, set, ifExists }: Named,
  name: string,
  node: JsonNode,
  spot: Spot,
  effect: Effect,
  setting: Setting,
): Condition | undefined {
  const { findings, variables } = setting
  const known = conditionKey(name)
  if (known === undefined)
    return findings.add(
      'key',
      spot,
      'is no condition key that calls have a value for; docs/policies.md lists them',
    )
  const key = name.toLowerCase()
  const values = textsOf(node, spot.path, findings, true)
  if (operator === 'Null') {
    const [value] = values
    if (values.length !== 1 || value === undefined || !/^(?:true|false)$/i.test(value.value))
      return findings.add('value', spot, 'under Null is either "true" (without the key) or "false"')
    return { operator: written, key: name, holds: nullCondition(key, value.value.toLowerCase() === 'true') }
  }
  if (!operator.fits(known.type))
    return findings.add(
      'operator',
      spot,
      `can’t be compared by ${written}: its values are of the kind “${known.type}”`,
    )
  if (known.many && set === undefined)
    return findings.add(
      'operator',
      spot,
      `may have several values: write ForAnyValue:${written} or ForAllValues:${written}`,
    )
  const tests = values.flatMap((text) => {
    if (!bounded(text, variables, findings)) return []
    const test = operator.test(text.value)
    if (typeof test !== 'string') return [test]
    findings.add('value', text, test)
    return []
  })
  return { operator: written, key: name, holds: conditionOf({ key, operator, set, ifExists, effect }, tests) }
}
