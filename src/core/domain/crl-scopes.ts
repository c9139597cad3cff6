import type { AuthorityId } from './ids.ts'
import type { Millis } from './time.ts'

declare const brand: unique symbol
/** Row of a shard. */
export type ShardId = number & { readonly [brand]: 'ShardId' }

/** Which certificates a CRL speaks of: those of a shard, or without one every certificate of the authority. */
export type CrlScope = { readonly authority: AuthorityId; readonly shard: ShardId | undefined }

/** Every certificate of an authority. */
export const completeScope = (authority: AuthorityId): CrlScope => ({ authority, shard: undefined })

/** Certificates that share a CRL, named in each of them when it is issued and never changed (RFC 5280 §5.2.5). */
export type CrlShard = {
  readonly id: ShardId
  /** Lower-case UUID: the name of its CRL's file. */
  readonly name: string
  readonly authority: AuthorityId
  /** Where its CRL is, as its certificates say. */
  readonly url: string
  readonly createdAt: Millis
  /** When another one took its place for new certificates. */
  readonly closedAt: Millis | undefined
}

/**
 * Certificates in a shard, about: servers count by themselves. If all of them are revoked its CRL has some 400 KB, and a
 * million certificates have a hundred CRLs to be made anew every few days.
 */
export const SHARD_SIZE = 10_000
