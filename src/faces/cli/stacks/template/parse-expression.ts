import type { Expression } from './expressions.ts'
import { KIND_WORDS, type MapNode, type Node } from './nodes.ts'
import { parseSubstitution } from './parse-substitution.ts'
import { suggestion, type Problems } from './problems.ts'

type Parse = (argument: Node, path: string, problems: Problems) => Expression

/** Functions that a value may be made with; conditions have others. */
const FUNCTIONS: Readonly<Record<string, Parse>> = {
  Ref: (argument, path, problems) => ({
    kind: 'ref',
    place: argument.place,
    name: textOf(argument, path, problems, 'the name of a parameter or a resource'),
  }),
  'Fn::GetAtt': parseGetAtt,
  'Fn::Sub': (argument, path, problems) => parseSubstitution(argument, path, problems, parseExpression),
  'Fn::Join': parseJoin,
  'Fn::Split': parseSplit,
  'Fn::Select': parseSelect,
  'Fn::If': parseIf,
  'Fn::FindInMap': parseFind,
}

/** Reads a value with the functions in it. */
export function parseExpression(node: Node, path: string, problems: Problems): Expression {
  switch (node.kind) {
    case 'text':
    case 'nothing':
      return node
    case 'list':
      return {
        ...node,
        items: node.items.map((item, at) => parseExpression(item, `${path}[${at}]`, problems)),
      }
    case 'map':
      return parseMap(node, path, problems)
  }
}

function parseMap(node: MapNode, path: string, problems: Problems): Expression {
  const [first] = node.entries
  const call = node.entries.find(({ key }) => key === 'Ref' || key.startsWith('Fn::'))
  if (call === undefined || first === undefined)
    return {
      ...node,
      entries: node.entries.map((entry) => ({
        ...entry,
        value: parseExpression(entry.value, `${path}.${entry.key}`, problems),
      })),
    }
  const parse = FUNCTIONS[call.key]
  if (parse === undefined) {
    const known = Object.keys(FUNCTIONS)
    const hint = suggestion(call.key, known) || `; these are: ${known.join(', ')}`
    problems.add(call.place, path, `${call.key} isn’t a function that is possible here${hint}`)
    return { kind: 'nothing', place: node.place }
  }
  if (node.entries.length > 1)
    problems.add(node.place, path, `${call.key} must stand alone, without other keys beside it`)
  return parse(call.value, path, problems)
}

/** The text of a node. */
export function textOf(node: Node, path: string, problems: Problems, expected: string): string {
  if (node.kind === 'text') return node.text
  problems.add(node.place, path, `${expected} is expected, not ${KIND_WORDS[node.kind]}`)
  return ''
}

/** As many arguments as a function takes, or nothing. */
export function argumentsOf(
  node: Node,
  count: number,
  path: string,
  problems: Problems,
  form: string,
): readonly Node[] | undefined {
  if (node.kind === 'list' && node.items.length === count) return node.items
  problems.add(node.place, path, `${form} is expected`)
  return undefined
}

const nothing = (node: Node): Expression => ({ kind: 'nothing', place: node.place })

function parseGetAtt(node: Node, path: string, problems: Problems): Expression {
  const expected = 'Fn::GetAtt: a resource and one of its attributes'
  const parts =
    node.kind === 'text'
      ? node.text.split(/\.(.*)/s, 2)
      : argumentsOf(node, 2, path, problems, `${expected}, as [Resource, Attribute]`)?.map((part) =>
          textOf(part, path, problems, expected),
        )
  if (parts === undefined) return nothing(node)
  const [resource = '', name = ''] = parts
  if (resource === '' || name === '') {
    problems.add(node.place, path, `${expected}, as Resource.Attribute, is expected`)
    return nothing(node)
  }
  return { kind: 'attribute', place: node.place, resource, name }
}

function parseJoin(node: Node, path: string, problems: Problems): Expression {
  const form = 'Fn::Join: [separator, [texts …]]'
  const [separator, texts] = argumentsOf(node, 2, path, problems, form) ?? []
  if (separator === undefined || texts === undefined) return nothing(node)
  return {
    kind: 'join',
    place: node.place,
    separator: separatorOf(separator, path, problems),
    of: parseExpression(texts, path, problems),
  }
}

function parseSplit(node: Node, path: string, problems: Problems): Expression {
  const [separator, text] = argumentsOf(node, 2, path, problems, 'Fn::Split: [separator, text]') ?? []
  if (separator === undefined || text === undefined) return nothing(node)
  return {
    kind: 'split',
    place: node.place,
    separator: textOf(separator, path, problems, 'Fn::Split: a separator'),
    of: parseExpression(text, path, problems),
  }
}

/** An empty plain scalar is an empty separator. */
const separatorOf = (node: Node, path: string, problems: Problems): string =>
  node.kind === 'nothing' ? '' : textOf(node, path, problems, 'Fn::Join: a separator')

function parseSelect(node: Node, path: string, problems: Problems): Expression {
  const [index, list] = argumentsOf(node, 2, path, problems, 'Fn::Select: [index, [values …]]') ?? []
  if (index === undefined || list === undefined) return nothing(node)
  return {
    kind: 'select',
    place: node.place,
    index: parseExpression(index, path, problems),
    of: parseExpression(list, path, problems),
  }
}

function parseIf(node: Node, path: string, problems: Problems): Expression {
  const form = 'Fn::If: [condition, value if it holds, value if not]'
  const [condition, then, otherwise] = argumentsOf(node, 3, path, problems, form) ?? []
  if (condition === undefined || then === undefined || otherwise === undefined) return nothing(node)
  return {
    kind: 'if',
    place: node.place,
    condition: textOf(condition, path, problems, 'Fn::If: the name of a condition'),
    then: parseExpression(then, path, problems),
    otherwise: parseExpression(otherwise, path, problems),
  }
}

function parseFind(node: Node, path: string, problems: Problems): Expression {
  const form = 'Fn::FindInMap: [map, key, key below it]'
  const [map, first, second] = argumentsOf(node, 3, path, problems, form) ?? []
  if (map === undefined || first === undefined || second === undefined) return nothing(node)
  return {
    kind: 'find',
    place: node.place,
    map: textOf(map, path, problems, 'Fn::FindInMap: the name of a map'),
    first: parseExpression(first, path, problems),
    second: parseExpression(second, path, problems),
  }
}
