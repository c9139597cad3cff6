import { ARN_FIELDS, arnPatternOf, fieldsOfPattern } from './arn-patterns.ts'
import type { KeyType } from './condition-keys.ts'
import { inRange, ipRange, type IpRange } from './ip-ranges.ts'
import { patternOf, resolve, type Pattern, type Piece } from './patterns.ts'
import { patternPieces } from './variables.ts'

/**
 * Compares one value of a call with one of the policy's. Undefined: nothing can be said, as a variable has no value or
 * the call's value is none of the operator's kind.
 */
export type Test = Pattern

export type Operator = {
  /** Holds where no value of the policy fits; so also for a call without the key. */
  readonly negated: boolean
  readonly fits: (type: KeyType) => boolean
  /** @returns in words what the value should be, when it can't be understood */
  readonly test: (value: string) => Test | string
}
type Family = Omit<Operator, 'negated'>

const anyBut =
  (...types: KeyType[]) =>
  (type: KeyType): boolean =>
    !types.includes(type)
const only =
  (...types: KeyType[]) =>
  (type: KeyType): boolean =>
    // Tags and claims are text that may mean anything.
    type === 'string' || types.includes(type)

const text = (wild: boolean, compiled: (pieces: readonly Piece[]) => Test): Family => ({
  // A block of addresses is no text: `StringEquals` with one would never be met.
  fits: anyBut('ip'),
  test: (value) => {
    const pieces = patternPieces(value, wild)
    return typeof pieces === 'string' ? pieces : compiled(pieces)
  },
})

const EQUALS = text(false, patternOf)
const LIKE = text(true, patternOf)
const EQUALS_IGNORE_CASE = text(false, (pieces) => (given, facts) => {
  const wanted = resolve(pieces, facts)
  if (wanted === undefined) return undefined
  return (
    wanted
      .map((piece) => ('text' in piece ? piece.text : ''))
      .join('')
      .toLowerCase() === given.toLowerCase()
  )
})

const ARN: Family = {
  fits: only('arn'),
  test: (value) => {
    const pieces = patternPieces(value, true)
    if (typeof pieces === 'string') return pieces
    const whole = pieces.length === 1 && 'key' in (pieces[0] as Piece)
    if (!whole && fieldsOfPattern(pieces).length !== ARN_FIELDS)
      return 'is no ARN: it has six fields between colons, each of which may hold * and ?'
    return arnPatternOf(pieces)
  },
}

/** Operators that compare what a text stands for: `read` gives that, undefined when it isn't such a text. */
function compared<Value>(
  type: KeyType,
  expected: string,
  read: (text: string) => Value | undefined,
  holds: (given: Value, wanted: Value) => boolean,
): Family {
  return {
    fits: only(type),
    test: (value) => {
      const wanted = read(value)
      if (wanted === undefined) return expected
      return (given) => {
        const actual = read(given)
        return actual === undefined ? undefined : holds(actual, wanted)
      }
    },
  }
}

const NUMBER = /^[+-]?[0-9]{1,15}(?:\.[0-9]{1,15})?$/
const number = (value: string): number | undefined => (NUMBER.test(value) ? Number(value) : undefined)
/** ISO 8601 as W3C profiles it, in UTC or with an offset; or seconds since the epoch. */
const DATE = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/
const date = (value: string): number | undefined => {
  if (/^[0-9]{1,12}$/.test(value)) return Number(value) * 1000
  const time = DATE.test(value) ? Date.parse(value) : NaN
  return Number.isNaN(time) ? undefined : time
}
const bool = (value: string): boolean | undefined => {
  const lower = value.toLowerCase()
  return lower === 'true' ? true : lower === 'false' ? false : undefined
}
/** A call's address is asked about by many statements in a row. */
let last: { readonly text: string; readonly range: IpRange | undefined } = { text: '', range: undefined }
const address = (value: string): IpRange | undefined => {
  if (value !== last.text) last = { text: value, range: ipRange(value) }
  return last.range
}

type Order = (given: number, wanted: number) => boolean
const ORDERS: Readonly<Record<string, Order>> = {
  Equals: (given, wanted) => given === wanted,
  LessThan: (given, wanted) => given < wanted,
  LessThanEquals: (given, wanted) => given <= wanted,
  GreaterThan: (given, wanted) => given > wanted,
  GreaterThanEquals: (given, wanted) => given >= wanted,
}
const numeric = (order: Order): Family => ({
  ...compared('number', 'is no number', number, order),
  // aws:EpochTime is both.
  fits: only('number', 'date'),
})
const dated = (order: Order): Family =>
  compared('date', 'is no date: write it as 2026-01-31T12:00:00Z, or as seconds since 1970', date, order)
const BOOL = compared('bool', 'is neither “true” nor “false”', bool, (given, wanted) => given === wanted)
const IP = compared(
  'ip',
  'is no address and no block of addresses: write it as 203.0.113.0/24 or 2001:db8::/32',
  address,
  (given, wanted) => inRange(wanted, given),
)

const is = (family: Family): Operator => ({ ...family, negated: false })
const isNot = (family: Family): Operator => ({ ...family, negated: true })
const ordered = (prefix: string, family: (order: Order) => Family): [string, Operator][] => [
  ...Object.entries(ORDERS).map(([name, order]): [string, Operator] => [
    `${prefix}${name}`,
    is(family(order)),
  ]),
  [`${prefix}NotEquals`, isNot(family(ORDERS['Equals'] as Order))],
]

/** The operators of IAM but for `Null`, which asks for no value, and `BinaryEquals`: no key of ours is binary. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['StringEquals', is(EQUALS)],
  ['StringNotEquals', isNot(EQUALS)],
  ['StringEqualsIgnoreCase', is(EQUALS_IGNORE_CASE)],
  ['StringNotEqualsIgnoreCase', isNot(EQUALS_IGNORE_CASE)],
  ['StringLike', is(LIKE)],
  ['StringNotLike', isNot(LIKE)],
  ...ordered('Numeric', numeric),
  ...ordered('Date', dated),
  ['Bool', is(BOOL)],
  ['IpAddress', is(IP)],
  ['NotIpAddress', isNot(IP)],
  // The two pairs do the same in IAM.
  ['ArnEquals', is(ARN)],
  ['ArnNotEquals', isNot(ARN)],
  ['ArnLike', is(ARN)],
  ['ArnNotLike', isNot(ARN)],
])
