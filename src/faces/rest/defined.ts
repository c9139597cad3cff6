type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }
type DeeplyDefined<T> = T extends readonly (infer Item)[]
  ? DeeplyDefined<Item>[]
  : T extends object
    ? { [Key in keyof T]: DeeplyDefined<Exclude<T[Key], undefined>> }
    : T

/**
 * An object without its undefined members. Validated bodies have members that are `undefined` in their type; the
 * core's requests leave absent ones out.
 */
export function defined<T extends object>(value: T): Defined<T> {
  for (const key in value) {
    if (value[key] === undefined)
      return Object.fromEntries(
        Object.entries(value).filter(([, member]) => member !== undefined),
      ) as Defined<T>
  }
  return value as Defined<T>
}

/** As `defined`, all the way down: for bodies of many parts. */
export function definedDeeply<T>(value: T): DeeplyDefined<T> {
  if (Array.isArray(value)) return value.map(definedDeeply) as DeeplyDefined<T>
  if (typeof value !== 'object' || value === null) return value as DeeplyDefined<T>
  const entries = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(
    entries.map(([key, member]: [string, unknown]) => [key, definedDeeply(member)]),
  ) as DeeplyDefined<T>
}
