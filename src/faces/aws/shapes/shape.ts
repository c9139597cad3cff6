import type { Millis } from '../../../core/domain/time.ts'

/*
 * What operations take and give, described once: reading, writing, constraint checks and the types of handlers follow.
 * `min` and `max` bound a length, or a number.
 */

export type StringShape<Value extends string = string> = {
  readonly kind: 'string'
  readonly min?: number
  readonly max?: number
  /** As AWS's front end has it: it matches the whole text. */
  readonly pattern?: string
  readonly regexp?: RegExp
  /** All that it may be. */
  readonly values?: readonly Value[]
}
export type BlobShape = { readonly kind: 'blob'; readonly min?: number; readonly max?: number }
export type NumberShape = {
  readonly kind: 'integer' | 'long' | 'double'
  readonly min?: number
  readonly max?: number
}
export type BooleanShape = { readonly kind: 'boolean' }
export type TimestampShape = { readonly kind: 'timestamp' }
// Interfaces: an alias can't be a part of its own arguments.
export interface ListShape<Of = Shape> {
  readonly kind: 'list'
  readonly of: Of
  readonly min?: number
  readonly max?: number
}
export interface MapShape<Of = Shape> {
  readonly kind: 'map'
  readonly of: Of
}
export type StructureShape<Of = Members> = {
  readonly kind: 'structure'
  readonly members: Of
  /** Exactly one of its members is there. */
  readonly union: boolean
}
/** One that holds itself. */
export type RecursiveShape<Value = unknown> = {
  readonly kind: 'recursive'
  readonly of: () => Shape
  readonly value?: Value
}

export type Shape =
  | StringShape
  | BlobShape
  | NumberShape
  | BooleanShape
  | TimestampShape
  | ListShape
  | MapShape
  | StructureShape
  | RecursiveShape

/** How a structure holds a shape. */
export type Member = Shape & {
  readonly required?: true
  /** REST-JSON: a parameter of the query instead of a member of the body. */
  readonly location?: 'query'
}
export type Members = { readonly [name: string]: Member }

type RequiredNames<M> = { [N in keyof M]: M[N] extends { readonly required: true } ? N : never }[keyof M]
type StructureValue<M> = { readonly [N in RequiredNames<M>]: ValueOf<M[N]> } & {
  readonly [N in Exclude<keyof M, RequiredNames<M>>]?: ValueOf<M[N]> | undefined
}
type UnionValue<M> = { [N in keyof M]: { readonly [Only in N]: ValueOf<M[Only]> } }[keyof M]

/** What a shape's values are here: octets decoded, times in milliseconds. */
export type ValueOf<S> =
  S extends StringShape<infer Value>
    ? Value
    : S extends BlobShape
      ? Uint8Array
      : S extends NumberShape
        ? number
        : S extends BooleanShape
          ? boolean
          : S extends TimestampShape
            ? Millis
            : S extends ListShape<infer Of>
              ? readonly ValueOf<Of>[]
              : S extends MapShape<infer Of>
                ? { readonly [key: string]: ValueOf<Of> }
                : S extends { readonly kind: 'structure'; readonly members: infer M; readonly union: infer U }
                  ? U extends true
                    ? UnionValue<M>
                    : StructureValue<M>
                  : S extends RecursiveShape<infer Value>
                    ? Value
                    : never

type Bounds = { readonly min?: number; readonly max?: number }

export const string = (bounds: Bounds & { readonly pattern?: string } = {}): StringShape => ({
  kind: 'string',
  ...bounds,
  ...(bounds.pattern === undefined ? {} : { regexp: new RegExp(`^(?:${bounds.pattern})$`, 'u') }),
})
export const oneOf = <const Values extends readonly string[]>(
  ...values: Values
): StringShape<Values[number]> => ({ kind: 'string', values })
export const blob = (bounds: Bounds = {}): BlobShape => ({ kind: 'blob', ...bounds })
export const integer = (bounds: Bounds = {}): NumberShape => ({ kind: 'integer', ...bounds })
export const long = (bounds: Bounds = {}): NumberShape => ({ kind: 'long', ...bounds })
export const double = (bounds: Bounds = {}): NumberShape => ({ kind: 'double', ...bounds })
export const boolean: BooleanShape = { kind: 'boolean' }
export const timestamp: TimestampShape = { kind: 'timestamp' }
export const list = <const Of>(of: Of, bounds: Bounds = {}): ListShape<Of> => ({
  kind: 'list',
  of,
  ...bounds,
})
export const map = <const Of>(of: Of): MapShape<Of> => ({ kind: 'map', of })
export const structure = <const M extends Members>(members: M) =>
  ({ kind: 'structure', members, union: false }) as const
export const union = <const M extends Members>(members: M) =>
  ({ kind: 'structure', members, union: true }) as const
/** @param of asked for when a value is read, since it isn't there yet when this is called */
export const recursive = <Value>(of: () => Shape): RecursiveShape<Value> => ({ kind: 'recursive', of })

/** A member that has to be there. */
export const required = <const S extends Shape>(shape: S) => ({ ...shape, required: true }) as const
/** A member that stands in the query. */
export const inQuery = <const S extends Shape>(shape: S) => ({ ...shape, location: 'query' }) as const
