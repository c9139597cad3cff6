import { isRecord, Later, type JsonProperties, type Properties, type Value } from './shapes.ts'
import { typeNamed, type TypeName } from './types/resource-types.ts'

/** A value that is, or isn't any more, what it was. */
export type Difference = {
  readonly path: string
  readonly before: Value | undefined
  readonly after: Value | undefined
  /** What it takes to get there. */
  readonly change: 'in place' | 'replacement'
  /** Whether it isn't to be shown. */
  readonly secret: boolean
}

/** How properties are to change, value by value. What is known only later counts as changed. */
export function differencesOf(
  type: TypeName,
  before: JsonProperties,
  after: Properties,
  secrets: ReadonlySet<string>,
): readonly Difference[] {
  const { properties } = typeNamed(type)
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) => {
    const change = properties[name]?.change ?? 'replacement'
    return leaves(name, before[name], after[name]).map((leaf) => ({
      ...leaf,
      change,
      secret: [...secrets].some((path) => isWithin(path, leaf.path) || isWithin(leaf.path, path)),
    }))
  })
}

/** Whether a path is another one, or a part of it. */
const isWithin = (path: string, other: string): boolean =>
  path === other || (path.startsWith(other) && '.['.includes(path.charAt(other.length)))

type Leaf = Pick<Difference, 'path' | 'before' | 'after'>

function leaves(path: string, before: Value | undefined, after: Value | undefined): readonly Leaf[] {
  if (isRecord(before) && isRecord(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    return names.flatMap((name) => leaves(`${path}.${name}`, before[name], after[name]))
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [old, young] = [before as readonly Value[], after as readonly Value[]]
    const length = Math.max(old.length, young.length)
    return Array.from({ length }, (_, at) => leaves(`${path}[${at}]`, old[at], young[at])).flat()
  }
  return isEqual(before, after) ? [] : [{ path, before, after }]
}

/** Whether two values are the same, whatever the order of their members; what isn't known equals nothing. */
export function isEqual(a: Value | undefined, b: Value | undefined): boolean {
  if (a instanceof Later || b instanceof Later) return false
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [Object.entries(a), Object.entries(b)]
  const others = new Map<string, Value>(right)
  return left.length === right.length && left.every(([name, value]) => isEqual(value, others.get(name)))
}
