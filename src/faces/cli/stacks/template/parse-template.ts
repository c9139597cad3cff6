import { isTypeName, RESOURCE_TYPE_NAMES } from '../types/resource-types.ts'
import { parseCondition } from './conditions.ts'
import { referencesIn, type Expression } from './expressions.ts'
import { mapOf, textUnder, wordUnder } from './members.ts'
import { under, type Entry, type MapNode } from './nodes.ts'
import { parseExpression } from './parse-expression.ts'
import { parseParameter } from './parse-parameter.ts'
import { newProblems, refuseProblems, suggestion, type Problems } from './problems.ts'
import { readNodes } from './read-nodes.ts'
import { inOrder } from './order.ts'
import { checkReferences } from './check-references.ts'
import { DELETION_POLICIES, type Output, type Resource, type Template } from './template.ts'

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Mappings',
  'Conditions',
  'Resources',
  'Outputs',
]
const RESOURCE_KEYS = [
  'Type',
  'Properties',
  'DependsOn',
  'Condition',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
]
const VERSION = '2010-09-09'
/** CloudFormation's own limits: resources, outputs and parameters of one stack. */
const MOST = { Resources: 500, Outputs: 200, Parameters: 200, Mappings: 200, Conditions: 200 } as const

/**
 * Reads a template: its syntax, its sections, and that every name in it leads somewhere. What properties hold is
 * checked once they are resolved.
 * @throws CliFailure with exit code 2 naming everything that is wrong with line and column
 */
export function parseTemplate(text: string, fileName: string): Template {
  const problems = newProblems()
  const node = readNodes(text, problems)
  refuseProblems(fileName, problems)
  const top = mapOf(node?.kind === 'nothing' ? undefined : node, '', problems, SECTIONS)
  const version = textUnder(top, 'AWSTemplateFormatVersion', '', problems)
  if (version !== undefined && version !== VERSION)
    problems.add(top.place, 'AWSTemplateFormatVersion', `${VERSION} is the only one there is`)
  const template: Template = {
    description: textUnder(top, 'Description', '', problems),
    parameters: section(top, 'Parameters', problems, ({ value, place }, path) =>
      parseParameter(value, place, path, problems),
    ),
    mappings: section(top, 'Mappings', problems, ({ value }, path) => parseMapping(value, path, problems)),
    conditions: section(top, 'Conditions', problems, ({ value }, path) =>
      parseCondition(value, path, problems),
    ),
    resources: section(top, 'Resources', problems, (entry, path) => parseResource(entry, path, problems)),
    outputs: section(top, 'Outputs', problems, (entry, path) => parseOutput(entry, path, problems)),
  }
  if (problems.all.length === 0 && template.resources.size === 0)
    problems.add(top.place, 'Resources', 'at least one resource is needed')
  checkReferences(template, problems)
  refuseProblems(fileName, problems)
  const resources = inOrder(template.resources, problems)
  refuseProblems(fileName, problems)
  return { ...template, resources }
}

function section<T>(
  top: MapNode,
  name: keyof typeof MOST,
  problems: Problems,
  parse: (entry: Entry, path: string) => T | undefined,
): Map<string, T> {
  const found = new Map<string, T>()
  const map = mapOf(under(top, name), name, problems)
  if (map.entries.length > MOST[name])
    problems.add(map.place, name, `has ${map.entries.length} entries; ${MOST[name]} are possible`)
  for (const entry of map.entries) {
    const path = `${name}.${entry.key}`
    if (!/^[A-Za-z0-9]{1,255}$/.test(entry.key))
      problems.add(entry.place, path, 'a name is 1 to 255 letters and digits, without other signs')
    const value = parse(entry, path)
    if (value !== undefined) found.set(entry.key, value)
  }
  return found
}

function parseMapping(
  value: Entry['value'],
  path: string,
  problems: Problems,
): ReadonlyMap<string, ReadonlyMap<string, Expression>> {
  const lists = mapOf(value, path, problems).entries.map(({ key, value: inner }) => {
    const below = `${path}.${key}`
    const values = mapOf(inner, below, problems).entries.map(
      (entry) => [entry.key, parseExpression(entry.value, `${below}.${entry.key}`, problems)] as const,
    )
    return [key, new Map(values)] as const
  })
  return new Map(lists)
}

function parseResource({ value, place }: Entry, path: string, problems: Problems): Resource | undefined {
  const map = mapOf(value, path, problems, RESOURCE_KEYS)
  const type = textUnder(map, 'Type', path, problems)
  if (type === undefined) {
    problems.add(place, `${path}.Type`, `one of ${RESOURCE_TYPE_NAMES.join(', ')} is needed`)
    return undefined
  }
  if (!isTypeName(type)) {
    const hint = suggestion(type, RESOURCE_TYPE_NAMES) || `; these are: ${RESOURCE_TYPE_NAMES.join(', ')}`
    problems.add(
      under(map, 'Type')?.place ?? place,
      `${path}.Type`,
      `${type} isn’t a type that is possible here${hint}`,
    )
    return undefined
  }
  const given = under(map, 'Properties')
  const properties = parseExpression(
    mapOf(given, `${path}.Properties`, problems),
    `${path}.Properties`,
    problems,
  )
  const named = dependsOn(map, path, problems)
  const used = referencesIn(properties).flatMap((it) =>
    it.kind === 'ref' ? [it.name] : it.kind === 'attribute' ? [it.resource] : [],
  )
  const deletionPolicy = wordUnder(map, 'DeletionPolicy', path, problems, DELETION_POLICIES) ?? 'Delete'
  return {
    place,
    type,
    properties: { ...properties, place },
    condition: textUnder(map, 'Condition', path, problems),
    dependsOn: [...new Set([...named, ...used])],
    deletionPolicy,
    updateReplacePolicy: wordUnder(map, 'UpdateReplacePolicy', path, problems, DELETION_POLICIES) ?? 'Delete',
  }
}

function dependsOn(map: MapNode, path: string, problems: Problems): readonly string[] {
  const node = under(map, 'DependsOn')
  if (node === undefined) return []
  const items = node.kind === 'list' ? node.items : [node]
  return items.flatMap((item) => {
    if (item.kind === 'text') return [item.text]
    problems.add(item.place, `${path}.DependsOn`, 'the name of a resource, or a list of them, is expected')
    return []
  })
}

function parseOutput({ value, place }: Entry, path: string, problems: Problems): Output | undefined {
  const map = mapOf(value, path, problems, ['Value', 'Description', 'Condition', 'Export'])
  const exported = map.entries.find(({ key }) => key === 'Export')
  if (exported !== undefined)
    problems.add(exported.place, path, 'Export isn’t possible here: stacks don’t read one another’s outputs')
  const node = under(map, 'Value')
  if (node === undefined) {
    problems.add(place, `${path}.Value`, 'is needed')
    return undefined
  }
  return {
    place,
    value: parseExpression(node, `${path}.Value`, problems),
    condition: textUnder(map, 'Condition', path, problems),
    description: textUnder(map, 'Description', path, problems),
  }
}
