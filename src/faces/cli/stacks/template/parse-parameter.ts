import { mapOf, numberUnder, refuseUnknown, textUnder, wordUnder } from './members.ts'
import { under, type MapNode, type Node, type Place } from './nodes.ts'
import type { Problems } from './problems.ts'
import { PARAMETER_TYPES, type Parameter } from './template.ts'

const KEYS = [
  'Type',
  'Default',
  'AllowedValues',
  'AllowedPattern',
  'MinLength',
  'MaxLength',
  'MinValue',
  'MaxValue',
  'ConstraintDescription',
  'Description',
  'NoEcho',
]

/** What a template says about a parameter. */
export function parseParameter(
  node: Node,
  place: Place,
  path: string,
  problems: Problems,
): Parameter | undefined {
  const map = mapOf(node, path, problems)
  for (const entry of map.entries) refuseUnknown(entry, path, problems, KEYS)
  const type = wordUnder(map, 'Type', path, problems, PARAMETER_TYPES)
  if (type === undefined) {
    if (under(map, 'Type') === undefined)
      problems.add(place, `${path}.Type`, `one of ${PARAMETER_TYPES.join(', ')} is needed`)
    return undefined
  }
  return {
    place,
    type,
    default: textUnder(map, 'Default', path, problems),
    allowedValues: allowedValues(map, path, problems),
    allowedPattern: allowedPattern(map, path, problems),
    minLength: numberUnder(map, 'MinLength', path, problems),
    maxLength: numberUnder(map, 'MaxLength', path, problems),
    minValue: numberUnder(map, 'MinValue', path, problems),
    maxValue: numberUnder(map, 'MaxValue', path, problems),
    constraintDescription: textUnder(map, 'ConstraintDescription', path, problems),
    noEcho: wordUnder(map, 'NoEcho', path, problems, ['true', 'false']) === 'true',
  }
}

function allowedValues(map: MapNode, path: string, problems: Problems): readonly string[] | undefined {
  const node = under(map, 'AllowedValues')
  if (node === undefined) return undefined
  if (node.kind === 'list' && node.items.every((item) => item.kind === 'text'))
    return node.items.map((item) => item.text)
  problems.add(node.place, `${path}.AllowedValues`, 'a list of values is expected')
  return undefined
}

function allowedPattern(map: MapNode, path: string, problems: Problems): RegExp | undefined {
  const text = textUnder(map, 'AllowedPattern', path, problems)
  if (text === undefined) return undefined
  try {
    // The whole value is meant, as CloudFormation does it.
    return new RegExp(`^(?:${text})$`, 'u')
  } catch {
    problems.add(map.place, `${path}.AllowedPattern`, `${JSON.stringify(text)} isn’t a regular expression`)
    return undefined
  }
}
