import type { Expression } from './expressions.ts'
import type { Entry, Node, Place } from './nodes.ts'
import type { Problems } from './problems.ts'

type ParseValue = (node: Node, path: string, problems: Problems) => Expression
const FORM = 'Fn::Sub: a text, or [text, {Name: value …}]'

/** `Fn::Sub`: a text in which `${Name}` and `${Resource.Attribute}` are replaced, and `${!Name}` means `${Name}`. */
export function parseSubstitution(
  node: Node,
  path: string,
  problems: Problems,
  parseValue: ParseValue,
): Expression {
  const nothing: Expression = { kind: 'nothing', place: node.place }
  const [text, names] = node.kind === 'list' && node.items.length === 2 ? node.items : [node]
  if (text?.kind !== 'text' || (names !== undefined && names.kind !== 'map')) {
    problems.add(node.place, path, `${FORM} is expected`)
    return nothing
  }
  const own = new Map((names?.entries ?? []).map((entry: Entry) => [entry.key, entry.value]))
  const items = partsOf(text.text, text.place, path, problems).map((part): Expression => {
    const value = part.kind === 'ref' ? own.get(part.name) : undefined
    return value === undefined ? part : parseValue(value, path, problems)
  })
  for (const { key, place } of names?.entries ?? [])
    if (!text.text.includes(`\${${key}}`))
      problems.add(place, path, `Fn::Sub: \${${key}} doesn’t stand in the text`)
  return { kind: 'join', place: node.place, separator: '', of: { kind: 'list', place: node.place, items } }
}

function partsOf(text: string, place: Place, path: string, problems: Problems): Expression[] {
  const parts: Expression[] = []
  let from = 0
  for (const match of text.matchAll(/\$\{([^}]*)\}/g)) {
    const [whole, inner = ''] = match
    const literal = text.slice(from, match.index)
    if (literal !== '') parts.push({ kind: 'text', place, text: literal })
    from = match.index + whole.length
    parts.push(partOf(inner, place, path, problems))
  }
  if (from < text.length) parts.push({ kind: 'text', place, text: text.slice(from) })
  return parts
}

function partOf(inner: string, place: Place, path: string, problems: Problems): Expression {
  if (inner.startsWith('!')) return { kind: 'text', place, text: `\${${inner.slice(1)}}` }
  const name = inner.trim()
  if (name === '') problems.add(place, path, 'Fn::Sub: ${} names nothing')
  const dot = name.indexOf('.')
  return dot < 0
    ? { kind: 'ref', place, name }
    : { kind: 'attribute', place, resource: name.slice(0, dot), name: name.slice(dot + 1) }
}
