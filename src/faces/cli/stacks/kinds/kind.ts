import type { Live } from '../change.ts'
import type { Session } from '../session.ts'
import type { JsonProperties } from '../shapes.ts'
import type { Made } from '../state.ts'

/** What to make. */
export type Order = {
  readonly logicalId: string
  readonly properties: JsonProperties
  /** The same order with the same key gives the same thing, however often it is carried out. */
  readonly key: string
}
export type Attributes = Readonly<Record<string, string>>

/** How a type of resource is made, changed, taken away and looked at, by the API. */
export type Kind = {
  readonly create: (
    session: Session,
    order: Order,
  ) => Promise<{ readonly physicalId: string; readonly attributes: Attributes }>
  /** Waits until it is what it is to be; may be begun again. @returns its attributes */
  readonly ready?: (session: Session, made: Named) => Promise<Attributes>
  /** Makes it what `properties` say; may be repeated. @returns its attributes */
  readonly update: (session: Session, made: Named, properties: JsonProperties) => Promise<Attributes>
  /** Takes it away; what is gone already is no failure. @returns what became of it, if that isn't plain */
  readonly remove: (session: Session, made: Named, why: 'unwanted' | 'undone') => Promise<string | undefined>
  /** How it is found to be. */
  readonly look: (session: Session, made: Named) => Promise<Live>
}
export type Named = Made & { readonly logicalId: string }
