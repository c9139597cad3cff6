import type { Place } from './nodes.ts'

/** A value of a template: written out, or to be found out by functions. */
export type Expression = Known | Function
/** What resolving leaves. */
export type Known =
  | {
      readonly kind: 'text'
      readonly place: Place
      readonly text: string
      /** Whether a NoEcho parameter went into it: it isn't shown. */
      readonly secret?: true
    }
  | { readonly kind: 'list'; readonly place: Place; readonly items: readonly Expression[] }
  | { readonly kind: 'map'; readonly place: Place; readonly entries: readonly ExpressionEntry[] }
  /** AWS::NoValue, or nothing at all: as if its key weren't there. */
  | { readonly kind: 'nothing'; readonly place: Place }
  /** Known only once a resource is there, or has been changed. */
  | { readonly kind: 'later'; readonly place: Place; readonly of: string }
export type ExpressionEntry = { readonly key: string; readonly place: Place; readonly value: Expression }

export type Function =
  | { readonly kind: 'ref'; readonly place: Place; readonly name: string }
  | { readonly kind: 'attribute'; readonly place: Place; readonly resource: string; readonly name: string }
  | { readonly kind: 'join'; readonly place: Place; readonly separator: string; readonly of: Expression }
  | { readonly kind: 'split'; readonly place: Place; readonly separator: string; readonly of: Expression }
  | { readonly kind: 'select'; readonly place: Place; readonly index: Expression; readonly of: Expression }
  | {
      readonly kind: 'if'
      readonly place: Place
      readonly condition: string
      readonly then: Expression
      readonly otherwise: Expression
    }
  | {
      readonly kind: 'find'
      readonly place: Place
      readonly map: string
      readonly first: Expression
      readonly second: Expression
    }

/** What of the rest of a template an expression leans on. */
export type Reference =
  | { readonly kind: 'ref'; readonly place: Place; readonly name: string }
  | { readonly kind: 'attribute'; readonly place: Place; readonly resource: string; readonly name: string }
  | { readonly kind: 'condition'; readonly place: Place; readonly name: string }
  | { readonly kind: 'mapping'; readonly place: Place; readonly name: string }

/** Every reference in an expression, in the order they stand there. */
export function referencesIn(expression: Expression): readonly Reference[] {
  switch (expression.kind) {
    case 'text':
    case 'nothing':
    case 'later':
      return []
    case 'list':
      return expression.items.flatMap(referencesIn)
    case 'map':
      return expression.entries.flatMap(({ value }) => referencesIn(value))
    case 'ref':
    case 'attribute':
      return [expression]
    case 'join':
    case 'split':
      return referencesIn(expression.of)
    case 'select':
      return [...referencesIn(expression.index), ...referencesIn(expression.of)]
    case 'if':
      return [
        { kind: 'condition', place: expression.place, name: expression.condition },
        ...referencesIn(expression.then),
        ...referencesIn(expression.otherwise),
      ]
    case 'find':
      return [
        { kind: 'mapping', place: expression.place, name: expression.map },
        ...referencesIn(expression.first),
        ...referencesIn(expression.second),
      ]
  }
}
