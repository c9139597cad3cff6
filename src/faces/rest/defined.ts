type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> }

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
