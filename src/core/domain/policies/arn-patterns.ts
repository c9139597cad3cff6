import { hasVariables, patternOf, remembering, type Pattern, type Piece } from './patterns.ts'
import type { Facts } from './policy.ts'

/** `arn`, partition, service, region, account, resource; colons in the resource are its own. */
export const ARN_FIELDS = 6

/**
 * Matches ARNs field by field, so that a `*` never reaches over a colon into the next field. Fields that are left out at
 * the end stand for any, as AWS completes them.
 */
export function arnPatternOf(pieces: readonly Piece[]): Pattern {
  // A variable that is the whole ARN has its colons in the value.
  if (pieces.length === 1 && 'key' in (pieces[0] as Piece)) return patternOf(pieces)
  const fields = fieldsOfPattern(pieces)
  if (fields.length === 1 && isAny(fields[0])) return () => true
  // The last first: resources differ more often than the places where they are.
  const asked = fields
    .flatMap((field, at) => (isAny(field) ? [] : [{ at, text: textOf(field), matches: patternOf(field) }]))
    .reverse()
  const matches = (text: string, facts: Facts): boolean | undefined => {
    const given = fieldsOf(text)
    if (given === undefined) return false
    let all: boolean | undefined = true
    for (const field of asked) {
      const value = given[field.at] as string
      const matching = field.text === undefined ? field.matches(value, facts) : field.text === value
      if (matching === false) return false
      if (matching === undefined) all = undefined
    }
    return all
  }
  return hasVariables(pieces) ? matches : remembering('arn', pieces, (text) => matches(text, {}) === true)
}

/** What a field says in which there is neither a wildcard nor a variable. */
const textOf = (field: readonly Piece[]): string | undefined =>
  field.every((piece) => 'text' in piece) ? field.map((piece) => piece.text).join('') : undefined
const isAny = (field: readonly Piece[] | undefined): boolean => {
  const only = field?.[0]
  return field?.length === 1 && only !== undefined && 'wild' in only && only.wild === '*'
}

/** The pieces of each field: split at colons of the policy's own text, never at one in a variable's value. */
export function fieldsOfPattern(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const fields: Piece[][] = [[]]
  for (const piece of pieces) {
    if (!('text' in piece)) {
      fields.at(-1)?.push(piece)
      continue
    }
    let rest = piece.text
    while (fields.length < ARN_FIELDS && rest.includes(':')) {
      const colon = rest.indexOf(':')
      if (colon > 0) fields.at(-1)?.push({ text: rest.slice(0, colon) })
      fields.push([])
      rest = rest.slice(colon + 1)
    }
    if (rest !== '') fields.at(-1)?.push({ text: rest })
  }
  return fields
}

/** One resource is compared with hundreds of patterns in a row: its fields are found once. */
let last: { readonly text: string; readonly fields: readonly string[] | undefined } = {
  text: '',
  fields: undefined,
}

/** The six fields of an ARN; undefined for what is none. */
function fieldsOf(text: string): readonly string[] | undefined {
  if (text !== last.text) last = { text, fields: split(text) }
  return last.fields
}

function split(text: string): readonly string[] | undefined {
  const fields: string[] = []
  let from = 0
  while (fields.length < ARN_FIELDS - 1) {
    const colon = text.indexOf(':', from)
    if (colon === -1) return undefined
    fields.push(text.slice(from, colon))
    from = colon + 1
  }
  return [...fields, text.slice(from)]
}
