import type { Expression } from './template/expressions.ts'
import { KIND_WORDS } from './template/nodes.ts'
import { suggestion, type Problems } from './template/problems.ts'
import { Later, type Members, type Shape, type Value } from './shapes.ts'

/** Where findings of a check go. */
export type Checking = {
  readonly problems: Problems
  /** Paths of values that a NoEcho parameter went into. */
  readonly secrets: Set<string>
}

/**
 * A resolved value as its shape wants it; undefined where it isn't that, and `problems` then says what would be right.
 * Texts become numbers and flags only where those are wanted.
 */
export function checkShape(
  shape: Shape,
  given: Expression,
  path: string,
  checking: Checking,
): Value | undefined {
  if (given.kind === 'later') return new Later(given.of)
  switch (shape.kind) {
    case 'list':
      return checkList(shape, given, path, checking)
    case 'record':
      return given.kind === 'map' ? checkRecord(shape, given, path, checking) : refuse('a mapping')
    case 'text':
    case 'choice':
    case 'number':
    case 'flag': {
      if (given.kind !== 'text') return refuse('a single value')
      if (given.secret === true) checking.secrets.add(path)
      const shown = given.secret === true ? 'the value' : JSON.stringify(shortened(given.text))
      const { value, fault } = checkText(shape, given.text)
      if (fault !== undefined) checking.problems.add(given.place, path, `${shown} ${fault}`)
      return value
    }
  }
  function refuse(expected: string): undefined {
    const kind = given.kind in KIND_WORDS ? KIND_WORDS[given.kind as keyof typeof KIND_WORDS] : 'a function'
    checking.problems.add(given.place, path, `${expected} is expected, not ${kind}`)
    return undefined
  }
}

const shortened = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

type Checked = { readonly value?: Value; readonly fault?: string }

function checkText(
  shape: Extract<Shape, { kind: 'text' | 'choice' | 'number' | 'flag' }>,
  text: string,
): Checked {
  switch (shape.kind) {
    case 'text': {
      const { least = 0, most = Infinity, pattern, expected } = shape
      if (text.length < least) return { fault: `is too short: at least ${least} characters are needed` }
      if (text.length > most) return { fault: `is too long: ${text.length} characters, of at most ${most}` }
      if (pattern?.test(text) === false)
        return { fault: `isn’t right: ${expected ?? pattern.source} is expected` }
      return { value: text }
    }
    case 'choice':
      if (shape.of.includes(text)) return { value: text }
      return { fault: `is none of ${shape.of.join(', ')}${suggestion(text, shape.of)}` }
    case 'number': {
      const number = /^-?\d{1,15}$/.test(text) ? Number(text) : undefined
      if (number !== undefined && number >= shape.least && number <= shape.most) return { value: number }
      return { fault: `is no whole number from ${shape.least} to ${shape.most}` }
    }
    case 'flag':
      if (text === 'true' || text === 'false') return { value: text === 'true' }
      return { fault: 'is neither true nor false' }
  }
}

function checkList(
  shape: Extract<Shape, { kind: 'list' }>,
  given: Expression,
  path: string,
  checking: Checking,
): Value | undefined {
  if (given.kind !== 'list') {
    checking.problems.add(given.place, path, 'a list is expected')
    return undefined
  }
  const { items, place } = given
  const { least = 0, most } = shape
  if (items.length < least || items.length > most)
    checking.problems.add(place, path, `${least} to ${most} entries are possible, not ${items.length}`)
  const values = items.map((item, at) => checkShape(shape.of, item, `${path}[${at}]`, checking))
  return values.filter((value) => value !== undefined)
}

function checkRecord(
  shape: Extract<Shape, { kind: 'record' }>,
  given: Extract<Expression, { kind: 'map' }>,
  path: string,
  checking: Checking,
): Value {
  const { members } = shape
  const value: Record<string, Value> = {}
  for (const entry of given.entries) {
    const member = members[entry.key]
    const below = path === '' ? entry.key : `${path}.${entry.key}`
    if (member === undefined) {
      const known = Object.keys(members)
      const hint = suggestion(entry.key, known) || `; these are: ${known.join(', ')}`
      checking.problems.add(entry.place, path, `${entry.key} is no property that is possible here${hint}`)
      continue
    }
    const checked = checkShape(member.shape, entry.value, below, checking)
    if (checked !== undefined) value[entry.key] = checked
  }
  refuseMissing(members, given, path, checking)
  if (shape.exactlyOne === true && given.entries.length !== 1)
    checking.problems.add(given.place, path, `exactly one of ${Object.keys(members).join(', ')} is needed`)
  return value
}

function refuseMissing(
  members: Members,
  given: Extract<Expression, { kind: 'map' }>,
  path: string,
  { problems }: Checking,
): void {
  for (const [name, { required }] of Object.entries(members))
    if (required === true && !given.entries.some(({ key }) => key === name))
      problems.add(given.place, path === '' ? name : `${path}.${name}`, 'is needed')
}
