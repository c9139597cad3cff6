import type { CrlScope } from './crl-scopes.ts'
import { crlLife, type RevocationConfiguration } from './revocation-configuration.ts'
import type { Millis } from './time.ts'

/** RFC 5280 §5.2.4: what was revoked, or what changed since a complete CRL. */
export type CrlVariety = 'complete' | 'delta'

/** A CRL that was published; where its octets lie is the store's. */
export type PublishedCrl = {
  readonly scope: CrlScope
  readonly kind: CrlVariety
  /** Complete CRLs and deltas of a scope count together (RFC 5280 §5.2.3). */
  readonly number: bigint
  /** A delta's: the number of the complete CRL that it builds on. */
  readonly base: bigint | undefined
  readonly thisUpdate: Millis
  readonly nextUpdate: Millis
  /** Octets of the file. */
  readonly length: number
  readonly entries: number
  /** Highest sequence of a revocation that it knows of. */
  readonly through: number
  /** Highest id of a withdrawn revocation that it knows of. */
  readonly withdrawnThrough: number
}

/**
 * Entries of a delta at most, about 100 KB: more, and the next CRL is a complete one. Whoever fetches a delta wants to
 * fetch little.
 */
export const MOST_DELTA_ENTRIES = 2000

type State = {
  readonly complete: PublishedCrl | undefined
  readonly delta: PublishedCrl | undefined
  readonly through: number
  readonly withdrawnThrough: number
}

/** Whether a CRL lacks something that has happened. */
export const lacks = (
  crl: PublishedCrl,
  { through, withdrawnThrough }: Pick<State, 'through' | 'withdrawnThrough'>,
): boolean => through > crl.through || withdrawnThrough > crl.withdrawnThrough

/** What the next CRL of a scope is to be: a delta where they are made, until half of the complete one's life is over. */
export const nextVariety = (
  { complete }: Pick<State, 'complete'>,
  configuration: RevocationConfiguration,
  now: Millis,
): CrlVariety =>
  configuration.crl.deltaHours === undefined ||
  complete === undefined ||
  isStale(complete, configuration, now)
    ? 'complete'
    : 'delta'

/** Whether a scope is to publish now: something has happened, or half of its last CRL's life is over. */
export function isDue(state: State, configuration: RevocationConfiguration, now: Millis): boolean {
  const { complete, delta } = state
  if (complete === undefined || isStale(complete, configuration, now)) return true
  if (configuration.crl.deltaHours === undefined) return lacks(complete, state)
  return delta === undefined || isStale(delta, configuration, now) || lacks(delta, state)
}

/**
 * Whether half of a CRL's life is over, of its own or of the one that is configured now. The calendar may have been set
 * back: a CRL from the future is as useless as an old one.
 */
function isStale(
  { kind, thisUpdate, nextUpdate }: PublishedCrl,
  configuration: RevocationConfiguration,
  now: Millis,
): boolean {
  const life = Math.min(nextUpdate - thisUpdate, crlLife(configuration, kind))
  return thisUpdate > now || now >= thisUpdate + life / 2
}
