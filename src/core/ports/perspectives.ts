import type { HttpProbe } from './http-probe.ts'
import type { Resolver } from './resolver.ts'

/** A place in the network that validation looks from. */
export type Perspective = {
  /** A region's name. */
  readonly name: string
  readonly resolver: Resolver
  readonly probe: HttpProbe
}

/** Where validation and CAA look from. */
export type Perspectives = {
  /** Decides alone where it is the only one; must agree always. */
  readonly primary: Perspective
  readonly remote: readonly Perspective[]
  /** How many of the remote ones must agree with the primary. */
  readonly quorum: number
}
