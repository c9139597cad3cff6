import type { Properties, Shape } from '../shapes.ts'

/** What CloudFormation says about a type of resource, as data. */
export type ResourceType = {
  readonly properties: Readonly<Record<string, Property>>
  /** What `Fn::GetAtt` may ask. */
  readonly attributes: readonly string[]
  /** Those that a change in place may alter. */
  readonly changing: readonly string[]
  /** What is wrong although each property by itself is right. Only what is known can be. */
  readonly faults?: (properties: Properties) => readonly Fault[]
  /** What becomes of it when it is taken away, where that isn't just deletion. */
  readonly whenRemoved?: string
}
export type Property = {
  readonly shape: Shape
  readonly required?: true
  /** What a change of it takes. */
  readonly change: 'in place' | 'replacement'
}
export type Fault = { readonly path: string; readonly message: string }
