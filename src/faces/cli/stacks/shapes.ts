/** What a property may be; CloudFormation's own tables say the same. */
export type Shape =
  | {
      readonly kind: 'text'
      readonly least?: number
      readonly most?: number
      readonly pattern?: RegExp
      /** What would be right, where the pattern doesn't match. */
      readonly expected?: string
    }
  | { readonly kind: 'choice'; readonly of: readonly string[] }
  | { readonly kind: 'number'; readonly least: number; readonly most: number }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list'; readonly of: Shape; readonly least?: number; readonly most: number }
  | { readonly kind: 'record'; readonly members: Members; readonly exactlyOne?: true }
export type Members = Readonly<Record<string, Member>>
export type Member = { readonly shape: Shape; readonly required?: true }

export const text = (more: Omit<Extract<Shape, { kind: 'text' }>, 'kind'> = {}): Shape => ({
  kind: 'text',
  ...more,
})
export const choice = (of: readonly string[]): Shape => ({ kind: 'choice', of })
export const wholeNumber = (least: number, most: number): Shape => ({ kind: 'number', least, most })
export const flag: Shape = { kind: 'flag' }
export const listOf = (of: Shape, most: number, least = 0): Shape => ({ kind: 'list', of, most, least })
export const record = (members: Members): Shape => ({ kind: 'record', members })
/** Exactly one of the members. */
export const oneOf = (members: Members): Shape => ({ kind: 'record', members, exactlyOne: true })
export const required = (shape: Shape): Member => ({ shape, required: true })
export const optional = (shape: Shape): Member => ({ shape })

/** A value that is known only once a resource is there, or has been changed. */
export class Later {
  readonly of: string
  constructor(of: string) {
    this.of = of
  }
}

/** A property's value. */
export type Value = string | number | boolean | Later | readonly Value[] | { readonly [name: string]: Value }
/** As `Value`, with nothing left to be known. */
export type Json = string | number | boolean | readonly Json[] | { readonly [name: string]: Json }
export type Properties = Readonly<Record<string, Value>>
export type JsonProperties = Readonly<Record<string, Json>>

export const isRecord = (value: Value | undefined): value is { readonly [name: string]: Value } =>
  typeof value === 'object' && !Array.isArray(value) && !(value instanceof Later)

/** Whether everything in a value is known. */
export function isKnown(value: Value): value is Json {
  if (value instanceof Later) return false
  if (typeof value !== 'object') return true
  return Object.values(value).every((each: Value) => isKnown(each))
}
