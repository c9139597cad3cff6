import type { Member, Members, Shape, StringShape } from '../../../../src/faces/aws/shapes/shape.ts'

const padded = (prefix: string) => (length: number) =>
  prefix + 'a'.repeat(Math.max(1, length - prefix.length))
const digits = (length: number) => '1'.repeat(length)
const letters = (length: number) => 'a'.repeat(length)
const fixed = (text: string) => () => text

/** For each pattern of the tables, a text of a length that it takes; a pattern that has one length gives that. */
const MATCHING: Readonly<Record<string, (length: number) => string>> = {
  'arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]*:[\\w+=,.@-]+(/[\\w+=,.@-]+)*': padded('arn:a:acm-pca:r:1:'),
  'arn:[\\w+=/,.@-]+:acm-pca:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*': padded('arn:a:acm-pca:r:1:'),
  'arn:[\\w+=/,.@-]+:acm:[\\w+=/,.@-]*:[0-9]+:[\\w+=,.@-]+(/[\\w+=,.@-]+)*': padded('arn:a:acm:r:1:'),
  '[0-9]+': digits,
  '[\\d]*': digits,
  '[A-Za-z]{2}': letters,
  '\\w+': letters,
  '[^*]+': letters,
  'Z[A-Z0-9]+': (length) => `Z${digits(Math.max(1, length - 1))}`,
  '[0-9a-f]{2}(:[0-9a-f]{2}){1,19}': fixed('0a:1b'),
  '[a-z0-9]{8}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{12}': fixed(
    '0123abcd-0123-4567-89ab-0123456789ab',
  ),
  '([0-2])\\.([0-9]|([0-3][0-9]))((\\.([0-9]+)){0,126})': (length) =>
    `1.3.${digits(Math.max(1, length - 4))}`,
  '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?': (length) =>
    'A'.repeat(Math.max(4, length - (length % 4))),
  '(\\*\\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])':
    fixed('example.com'),
  '([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?': letters,
  'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+': padded(
    'arn:aws:acm:r:111122223333:acme-endpoint/',
  ),
  'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+/acme-domain-validation/[a-zA-Z0-9-]+':
    padded('arn:aws:acm:r:111122223333:acme-endpoint/e/acme-domain-validation/'),
  'arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:acme-endpoint/[a-zA-Z0-9-]+/acme-external-account-binding/[a-zA-Z0-9-]+':
    padded('arn:aws:acm:r:111122223333:acme-endpoint/e/acme-external-account-binding/'),
  'arn:aws[a-z-]*:iam::[0-9]{12}:role/.+': padded('arn:aws:iam::111122223333:role/'),
}

/** A text that the shape takes, as near to a length as its pattern lets. */
export function textOf(shape: StringShape, length: number): string {
  if (shape.values !== undefined) return shape.values[0] as string
  const make = MATCHING[shape.pattern ?? ''] ?? letters
  const text = make(length)
  if (shape.regexp?.test(text) === false) throw new Error(`no sample for the pattern ${shape.pattern}`)
  return text
}

/** The least that a shape takes: what is required, as short as it may be. */
export function sampleOf(shape: Shape): unknown {
  switch (shape.kind) {
    case 'string':
      return textOf(shape, Math.max(1, shape.min ?? 1))
    case 'blob':
      return octets(Math.max(1, shape.min ?? 1))
    case 'integer':
    case 'long':
    case 'double':
      return shape.min ?? 1
    case 'boolean':
      return true
    case 'timestamp':
      return 1_700_000_000
    case 'list':
      return Array.from({ length: Math.max(1, shape.min ?? 1) }, () => sampleOf(shape.of))
    case 'map':
      return { key: sampleOf(shape.of) }
    case 'structure':
      return structureOf(shape.members, shape.union)
    case 'recursive':
      return sampleOf(shape.of())
  }
}

function structureOf(members: Members, union: boolean): Record<string, unknown> {
  const all = Object.entries(members)
  // The last: of one that holds itself, the one that doesn't.
  const chosen = union ? all.slice(-1) : all.filter(([, { required }]) => required === true)
  return Object.fromEntries(chosen.map(([name, member]) => [name, sampleOf(member)]))
}

export const octets = (length: number): string => Buffer.alloc(length, 7).toString('base64')

/** One thing changed in an input that is right otherwise. */
export type Variant = {
  readonly where: string
  readonly what: string
  readonly input: Record<string, unknown>
  /** What must be said about it; undefined: nothing, it is right. */
  readonly constraint?: string
}

/** Every member of an input, at both bounds and beyond them, left out, and of values that its shape doesn't take. */
export function* variantsOf(members: Members): Generator<Variant> {
  const base = structureOf(members, false)
  for (const [name, member] of Object.entries(members))
    for (const { value, ...rest } of changes(member, lowered(name), 0))
      yield { ...rest, input: value === undefined ? without(base, name) : { ...base, [name]: value } }
}

type Change = Omit<Variant, 'input'> & { readonly value: unknown }
/** Deeper than any structure that isn't recursive. */
const MOST = 6

function* changes(member: Member, where: string, depth: number): Generator<Change> {
  if (member.required === true)
    yield { where, what: 'left out', value: undefined, constraint: 'Member must not be null' }
  else yield { where, what: 'null', value: null }
  yield* ownChanges(member, where)
  if (depth === MOST) return
  if (member.kind === 'recursive') return
  if (member.kind === 'list')
    for (const { value, ...rest } of changes(member.of, `${where}.1.member`, depth + 1))
      if (value !== undefined && value !== null)
        yield { ...rest, value: [value, ...(sampleOf(member) as unknown[]).slice(1)] }
  if (member.kind !== 'structure') return
  const base = structureOf(member.members, member.union)
  for (const [name, inner] of Object.entries(member.members))
    for (const { value, ...rest } of changes(inner, `${where}.${lowered(name)}`, depth + 1)) {
      if (member.union && (value === undefined || value === null)) continue
      const changed = member.union ? { [name]: value } : { ...base, [name]: value }
      yield { ...rest, value: value === undefined ? without(base, name) : changed }
    }
}

function* ownChanges(member: Member, where: string): Generator<Change> {
  switch (member.kind) {
    case 'string': {
      if (member.values !== undefined) {
        for (const value of member.values) yield { where, what: value, value }
        const constraint = `Member must satisfy enum value set: [${member.values.join(', ')}]`
        yield { where, what: 'no such value', value: 'NO_SUCH_VALUE', constraint }
        return
      }
      yield* lengths(member, where, (length) => textOf(member, length), letters)
      if (member.pattern !== undefined && member.regexp?.test('\u0000\u4e00') === false)
        yield {
          where,
          what: 'beyond the pattern',
          value: '\u0000\u4e00'.padEnd(Math.max(2, member.min ?? 0), '\u4e00'),
          constraint: `Member must satisfy regular expression pattern: ${member.pattern}`,
        }
      return
    }
    case 'blob':
      yield* lengths(member, where, octets, octets)
      return
    case 'integer':
    case 'long':
    case 'double':
      if (member.min !== undefined) {
        const constraint = `Member must have value greater than or equal to ${member.min}`
        yield { where, what: 'the least', value: member.min }
        yield { where, what: 'one less', value: member.min - 1, constraint }
      }
      if (member.max !== undefined) {
        const constraint = `Member must have value less than or equal to ${member.max}`
        yield { where, what: 'the most', value: member.max }
        yield { where, what: 'one more', value: member.max + 1, constraint }
      }
      return
    case 'list': {
      const item = sampleOf(member.of)
      const items = (length: number) => Array.from({ length }, () => item)
      yield* lengths(member, where, items, items)
      return
    }
    default:
  }
}

/** Larger ones aren't made. */
const LONGEST = 100_000

function* lengths(
  { min = 0, max }: { readonly min?: number; readonly max?: number },
  where: string,
  right: (length: number) => unknown,
  wrong: (length: number) => unknown,
): Generator<Change> {
  if (min > 0) {
    const constraint = `Member must have length greater than or equal to ${min}`
    yield { where, what: `of length ${min}`, value: right(min) }
    yield { where, what: `of length ${min - 1}`, value: wrong(min - 1), constraint }
  }
  if (max !== undefined && max < LONGEST) {
    const constraint = `Member must have length less than or equal to ${max}`
    yield { where, what: `of length ${max}`, value: right(max) }
    yield { where, what: `of length ${max + 1}`, value: wrong(max + 1), constraint }
  }
}

const lowered = (name: string): string => `${name[0]?.toLowerCase()}${name.slice(1)}`
const without = (all: Record<string, unknown>, name: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => key !== name))
