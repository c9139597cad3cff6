import type { CrlSegment } from '../domain/crl-segments.ts'
import type { CrlScope } from '../domain/crl-scopes.ts'
import type { CrlVariety, PublishedCrl } from '../domain/published-crls.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** What stands before and after the entries of a published CRL; a delta, which is small, is all `head`. */
export type CrlOctets = { readonly head: Uint8Array; readonly tail: Uint8Array }

/** A revoked certificate on its way into a segment. */
export type RevokedRow = {
  readonly sequence: number
  /** Hex digits of the serial. */
  readonly serial: string
  readonly revokedAt: Millis
  readonly reason: RevocationReason
  readonly notAfter: Millis
}

/** What the last CRLs of a scope have, and what they lack. */
export type ScopeState = {
  readonly complete: PublishedCrl | undefined
  /** The one before `complete`. */
  readonly before: PublishedCrl | undefined
  readonly delta: PublishedCrl | undefined
  /** Highest sequence of a revocation and highest id of a withdrawn one, now or in the last CRLs. */
  readonly through: number
  readonly withdrawnThrough: number
}

/** Writes about CRLs. A CRL's entries are written before it, in segments that nobody sees until it is published. */
export type CrlWrites = {
  readonly crls: {
    /** Takes a number for a CRL about to be signed; conflict `stale` unless it is higher than every one before. */
    claimNumber(scope: CrlScope, number: bigint): Write
    /** Keeps entries for the complete CRL of that number. */
    addSegment(scope: CrlScope, number: bigint, segment: Omit<CrlSegment, 'id'>, der: Uint8Array): Write
    /**
     * With its own segments, and those of the CRL `basedOn` but for those dropped. Conflict `stale` when the last
     * complete CRL is another one, or when one of the same or a higher number, or one that has more, stands. Drops what
     * nobody can be reading any more.
     */
    publish(
      crl: PublishedCrl,
      octets: CrlOctets,
      basedOn: bigint | undefined,
      dropped: readonly CrlSegment[],
    ): Write
    /** Conflict `stale` as above; one may have the number of a complete CRL that is published with it. */
    publishDelta(crl: PublishedCrl, octets: CrlOctets): Write
    /** Takes back what was published last under that number: what stood before stands again. */
    withdraw(crl: PublishedCrl): Write
    /** Drops the segments of a CRL that isn't published. */
    discard(scope: CrlScope, number: bigint): Write
    /** That each authority is to publish new ones now. */
    dueAll(): Write
    /** Makes the next number of every shard higher than this one. */
    surpassInShards(number: bigint): Write
  }
}

/** Reads about CRLs. */
export type CrlReads = {
  readonly crls: {
    latest(scope: CrlScope, kind: CrlVariety): Promise<PublishedCrl | undefined>
    numbered(scope: CrlScope, kind: CrlVariety, number: bigint): Promise<PublishedCrl | undefined>
    /**
     * Octets of its file, the end not included, in pieces of at most 128 KiB. Each is read when it is asked for, and
     * other work is let in between.
     * @throws ChanceryError `unavailable` when the CRL was dropped meanwhile
     */
    octets(crl: PublishedCrl, from?: number, to?: number): AsyncIterable<Uint8Array>
    /** Highest number ever claimed; 0 when there was none. */
    lastNumber(scope: CrlScope): Promise<bigint>
    /** Of a complete CRL that is published, in order of entries. */
    segments(crl: PublishedCrl): Promise<readonly CrlSegment[]>
    /** Of one that isn't yet. */
    unpublished(scope: CrlScope, number: bigint): Promise<readonly CrlSegment[]>
    /**
     * What these segments keep, each when it is asked for; other work is let in between.
     * @throws ChanceryError `internal` for octets that aren't those that were kept, `unavailable` for dropped ones
     */
    entries(segments: readonly CrlSegment[]): AsyncIterable<Uint8Array>
    /** In order of sequence, in pages; lets other work in. */
    revoked(scope: CrlScope, after: number, through: number, limit: number): Promise<readonly RevokedRow[]>
    /** Shards that take certificates and have no CRL yet: one of an authority at most. */
    unannounced(): Promise<readonly CrlScope[]>
    /** In the order of the scopes; lets other work in. */
    states(scopes: readonly CrlScope[]): Promise<readonly ScopeState[]>
  }
}
