import { arns, partitionOf } from '../../../core/domain/arns.ts'
import type { AccountId, Region } from '../../../core/domain/ids.ts'
import type { Known } from './template/expressions.ts'
import type { Place } from './template/nodes.ts'
import { parameterExpression, type ParameterValues } from './template/parameters.ts'
import type { Problems } from './template/problems.ts'
import type { Names } from './template/resolve.ts'
import type { PseudoParameter, Template } from './template/template.ts'

/** Where a stack is, and what it is called. */
export type StackPlace = { readonly name: string; readonly account: string; readonly region: string }
/** What is known of a resource: its `Ref` and its attributes; undefined for those known only later. */
export type KnownResource = {
  readonly ref: string | undefined
  readonly attributes: Readonly<Record<string, string | undefined>>
}

/** The Amazon resource name of a stack, which it has before it is there. */
export const stackArn = ({ name, account, region }: StackPlace): string =>
  arns.stack({ account: account as AccountId, region: region as Region }, name)

/**
 * What the names of a template stand for.
 * @param resources those that are there, or are going to be
 */
export function namesFor(
  template: Template,
  values: ParameterValues,
  place: StackPlace,
  resources: ReadonlyMap<string, KnownResource>,
  problems: Problems,
): Names {
  const ofResource = (name: string, value: string | undefined, place: Place, what: string): Known => {
    if (resources.has(name))
      return value === undefined ? { kind: 'later', place, of: what } : { kind: 'text', place, text: value }
    problems.add(
      place,
      '',
      `${name} isn’t made: its condition doesn’t hold; use Fn::If with that condition here`,
    )
    return { kind: 'nothing', place }
  }
  return {
    template,
    ref: (name, at) => {
      const parameter = template.parameters.get(name)
      if (parameter !== undefined) return parameterExpression(parameter, values.get(name) ?? '', at)
      if (template.resources.has(name)) return ofResource(name, resources.get(name)?.ref, at, name)
      const text = pseudoParameter(name as PseudoParameter, place)
      return text === undefined ? { kind: 'nothing', place: at } : { kind: 'text', place: at, text }
    },
    attribute: (resource, name, at) =>
      ofResource(resource, resources.get(resource)?.attributes[name], at, `${resource}.${name}`),
  }
}

function pseudoParameter(name: PseudoParameter, place: StackPlace): string | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return place.account
    case 'AWS::Region':
      return place.region
    case 'AWS::Partition':
      return partitionOf(place.region as Region)
    case 'AWS::StackName':
      return place.name
    case 'AWS::StackId':
      return stackArn(place)
    case 'AWS::URLSuffix':
      return place.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
    case 'AWS::NoValue':
      return undefined
  }
}
