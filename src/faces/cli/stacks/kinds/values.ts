import type { Json, JsonProperties } from '../shapes.ts'

// The shapes in ../types have been checked: these only tell the compiler so.

/** A text that is there. */
export const textIn = (properties: JsonProperties, name: string): string => properties[name] as string
export const optionalText = (properties: JsonProperties, name: string): string | undefined =>
  properties[name] as string | undefined
export const recordIn = (properties: JsonProperties, name: string): JsonProperties | undefined =>
  properties[name] as JsonProperties | undefined
export const listIn = (properties: JsonProperties, name: string): readonly JsonProperties[] =>
  (properties[name] ?? []) as readonly JsonProperties[]
export const textsIn = (properties: JsonProperties, name: string): readonly string[] =>
  (properties[name] ?? []) as readonly string[]

/** Tags as the API has them. */
export const tagsOf = (properties: JsonProperties): Record<string, string> =>
  Object.fromEntries(
    listIn(properties, 'Tags').map((tag) => [textIn(tag, 'Key'), optionalText(tag, 'Value') ?? '']),
  )

/** The same as a template has them: by key, since the API knows no order. */
export const tagsProperty = (tags: Readonly<Record<string, string>>): Json =>
  Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }))

/** Without what is undefined: the API's schemas tell apart what is absent. */
export const present = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
