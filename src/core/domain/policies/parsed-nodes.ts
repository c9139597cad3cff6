import type { Findings, Spot } from './findings.ts'
import { wildPieces, type Piece } from './patterns.ts'
import type { PolicyKind } from './policy.ts'
import { shown, type JsonMember, type JsonNode } from './positioned-json.ts'
import { patternPieces } from './variables.ts'

const LONGEST_PATTERN = 2_048

/** What a statement stands in. */
export type Setting = {
  readonly kind: PolicyKind
  /** Whether the policy's language has variables. */
  readonly variables: boolean
  readonly findings: Findings
}
/** A text of a policy, and where it stands. */
export type PlacedText = Spot & { readonly value: string }

/** An object's members, all of which must be known ones; undefined, and a finding, for what is no object. */
export function membersOf(
  node: JsonNode,
  path: string,
  findings: Findings,
  known: readonly string[],
): ReadonlyMap<string, JsonMember> | undefined {
  if (node.kind !== 'object') return findings.add('type', { path, at: node.at }, 'is not an object')
  for (const [name, { at }] of node.members)
    if (!known.includes(name))
      findings.add(
        'unknown',
        { path: `${path}.${shown(name)}`, at },
        `is unknown here; there may be ${known.join(', ')}`,
      )
  return node.members
}

/** One text or a list of some; numbers and truth values are texts where `scalars` says so. */
export function textsOf(
  node: JsonNode,
  path: string,
  findings: Findings,
  scalars = false,
): readonly PlacedText[] {
  const nodes = node.kind === 'array' ? node.items : [node]
  if (nodes.length === 0) findings.add('length', { path, at: node.at }, 'is empty')
  return nodes.flatMap((each, i) => {
    const spot = { path: node.kind === 'array' ? `${path}[${i}]` : path, at: each.at }
    const scalar = each.kind === 'number' || each.kind === 'boolean'
    if (each.kind === 'string' || (scalars && scalar)) return [{ ...spot, value: each.value }]
    findings.add('type', spot, 'is not a text')
    return []
  })
}

/** The one of two members that a statement has exactly one of. */
export function oneOf(
  members: ReadonlyMap<string, JsonMember>,
  names: readonly [plain: string, negated: string],
  path: string,
  at: number,
  findings: Findings,
): { readonly node: JsonNode; readonly path: string; readonly negated: boolean } | undefined {
  const [plain, negated] = names.map((name) => members.get(name)?.value)
  const node = plain ?? negated
  if (node === undefined || (plain !== undefined && negated !== undefined))
    return findings.add('missing', { path, at }, `has either ${names[0]} or ${names[1]}`)
  return { node, path: `${path}.${plain === undefined ? names[1] : names[0]}`, negated: plain === undefined }
}

/** A text's wildcards and variables, within bounds. */
export function piecesIn(
  text: PlacedText,
  { variables, findings }: Setting,
  wild: boolean,
): readonly Piece[] | undefined {
  if (!bounded(text, variables, findings)) return undefined
  const pieces = variables
    ? patternPieces(text.value, wild)
    : wild
      ? wildPieces(text.value)
      : [{ text: text.value }]
  return typeof pieces === 'string' ? findings.add('variable', text, pieces) : pieces
}

/** Whether a value is short enough, and holds a variable only where its policy's language has them. */
export function bounded(text: PlacedText, variables: boolean, findings: Findings): boolean {
  if (text.value.length > LONGEST_PATTERN)
    findings.add(
      'length',
      text,
      `has ${text.value.length} characters; at most ${LONGEST_PATTERN} are allowed`,
    )
  else if (!variables && text.value.includes('${'))
    findings.add('version', text, 'holds a variable: those need "Version": "2012-10-17"')
  else return true
  return false
}
