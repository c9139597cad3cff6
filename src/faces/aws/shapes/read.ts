import { malformed, ValidationRefusal, type Constraint } from '../refusals.ts'
import { SECOND } from '../../../core/domain/time.ts'
import type { Shape, StringShape, StructureShape, ValueOf } from './shape.ts'

/** The end of the year 9999 in seconds: beyond, no date has a spelling. */
const MOST_SECONDS = 253_402_300_799
/** Longer values aren't said again in full. */
const MOST_SHOWN = 256
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/
/** Nobody reads more of them, and a body of nothing but faults would be answered by one many times as long. */
const MOST_BROKEN = 100

/**
 * The typed value of an input. Members that aren't known are left out, null is as absent.
 * @param json as the wire had it
 * @throws AwsRefusal `SerializationException` for a value of another type, ValidationRefusal naming every constraint broken, or the first hundred
 */
export function readInput<S extends StructureShape>(shape: S, json: unknown): ValueOf<S> {
  const broken: Constraint[] = []
  const value = read(shape, json, '', broken)
  if (broken.length > 0) throw new ValidationRefusal(broken)
  return value as ValueOf<S>
}

type Broken = Constraint[]

function add(broken: Broken, constraint: Constraint): void {
  broken.push(constraint)
  if (broken.length === MOST_BROKEN) throw new ValidationRefusal(broken)
}

function read(shape: Shape, json: unknown, path: string, broken: Broken): unknown {
  switch (shape.kind) {
    case 'string':
      return readString(shape, json, path, broken)
    case 'blob':
      return readBlob(shape, json, path, broken)
    case 'integer':
    case 'long':
    case 'double':
      return readNumber(shape, json, path, broken)
    case 'boolean':
      if (typeof json !== 'boolean') throw another('true or false', json, path)
      return json
    case 'timestamp':
      if (typeof json !== 'number' || !(Math.abs(json) <= MOST_SECONDS))
        throw another('a time in seconds since 1970', json, path)
      return Math.round(json * SECOND)
    case 'list':
      return readList(shape, json, path, broken)
    case 'map':
      return Object.fromEntries(
        Object.entries(objectOf(json, path)).map(([key, item]) => [
          key,
          read(shape.of, item, at(path, `${key}.value`), broken),
        ]),
      )
    case 'structure':
      return readStructure(shape, json, path, broken)
    case 'recursive':
      return read(shape.of(), json, path, broken)
  }
}

function readString(shape: StringShape, json: unknown, path: string, broken: Broken): string {
  if (typeof json !== 'string') throw another('a string', json, path)
  const say = (constraint: string) => add(broken, { path, value: shown(json), constraint })
  if (shape.values !== undefined) {
    if (!shape.values.includes(json)) say(`Member must satisfy enum value set: [${shape.values.join(', ')}]`)
    return json
  }
  const tooLong = bounded('length', lengthOf(json), shape, say)
  // A pattern may take its time with a text of any length.
  if (!tooLong && shape.regexp?.test(json) === false)
    say(`Member must satisfy regular expression pattern: ${shape.pattern}`)
  return json
}

/** Characters, not halves of surrogate pairs. */
const lengthOf = (text: string): number => {
  let length = 0
  for (const _ of text) length++
  return length
}

function readBlob(
  shape: Extract<Shape, { kind: 'blob' }>,
  json: unknown,
  path: string,
  broken: Broken,
): Uint8Array {
  if (typeof json !== 'string') throw another('octets in base64', json, path)
  if (json.length % 4 !== 0 || !BASE64.test(json)) throw malformed(`${path}: is not base64`)
  const octets = Buffer.from(json, 'base64')
  // Never said again: they may be a private key or a passphrase.
  bounded('length', octets.length, shape, (constraint) => add(broken, { path, constraint }))
  return octets
}

function readNumber(
  shape: Extract<Shape, { kind: 'integer' | 'long' | 'double' }>,
  json: unknown,
  path: string,
  broken: Broken,
): number {
  if (typeof json !== 'number') throw another('a number', json, path)
  if (shape.kind === 'double' ? !Number.isFinite(json) : !Number.isSafeInteger(json))
    throw malformed(`${path}: a whole number from −(2⁵³ − 1) to 2⁵³ − 1 is expected`)
  if (shape.kind === 'integer' && json !== (json | 0))
    throw malformed(`${path}: a whole number of 32 bits is expected`)
  bounded('value', json, shape, (constraint) => add(broken, { path, value: String(json), constraint }))
  return json
}

function readList(
  shape: Extract<Shape, { kind: 'list' }>,
  json: unknown,
  path: string,
  broken: Broken,
): unknown[] {
  if (!Array.isArray(json)) throw another('a list', json, path)
  const value = `[${json.length}]`
  // Of a list that is too long nothing more need be said.
  if (bounded('length', json.length, shape, (constraint) => add(broken, { path, value, constraint })))
    return []
  return json.map((item: unknown, index) => {
    const place = at(path, `${index + 1}.member`)
    if (item !== null) return read(shape.of, item, place, broken)
    add(broken, { path: place, constraint: NOT_NULL })
    return undefined
  })
}

const NOT_NULL = 'Member must not be null'

function readStructure(
  { members, union }: StructureShape,
  json: unknown,
  path: string,
  broken: Broken,
): Record<string, unknown> {
  const given = objectOf(json, path)
  const value: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(members)) {
    const place = at(path, name[0]?.toLowerCase() + name.slice(1))
    const there = Object.hasOwn(given, name) ? given[name] : undefined
    if (there !== undefined && there !== null) value[name] = read(member, there, place, broken)
    else if (member.required === true) add(broken, { path: place, value: null, constraint: NOT_NULL })
  }
  if (union && Object.keys(value).length !== 1)
    throw malformed(`${path}: exactly one of ${Object.keys(members).join(', ')} is expected`)
  return value
}

const at = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`)

function objectOf(json: unknown, path: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw another('an object', json, path)
  return json as Record<string, unknown>
}

/** @returns whether it is more than `max` */
function bounded(
  what: 'length' | 'value',
  given: number,
  { min, max }: { readonly min?: number; readonly max?: number },
  say: (constraint: string) => void,
): boolean {
  if (min !== undefined && given < min) say(`Member must have ${what} greater than or equal to ${min}`)
  const more = max !== undefined && given > max
  if (more) say(`Member must have ${what} less than or equal to ${max}`)
  return more
}

const shown = (text: string): string =>
  text.length > MOST_SHOWN ? `${[...text].slice(0, MOST_SHOWN).join('')}…` : text

function another(expected: string, json: unknown, path: string) {
  const given = json === null ? 'null' : Array.isArray(json) ? 'a list' : `a value of type ${typeof json}`
  return malformed(`${path === '' ? 'the input' : path}: ${expected} is expected, not ${given}`)
}
