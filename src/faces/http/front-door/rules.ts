import type { PathPattern } from '../../../core/domain/path-patterns.ts'
import type { AddressSet } from './addresses.ts'

/** The first rule that is about a request's address and path decides; without one it is let in. */
export type AccessRule = {
  readonly verdict: 'allow' | 'deny'
  readonly addresses: AddressSet
  readonly path: PathPattern
  /** Most octets in a body of what it allows; undefined: as many as anywhere. */
  readonly mostOctets: number | undefined
}

/** The rule for a request, undefined where none is about it. @param path decoded, without a query */
export const ruleFor = (
  rules: readonly AccessRule[],
  address: string,
  path: string,
): AccessRule | undefined => rules.find((rule) => rule.path(path) && rule.addresses.has(address))
