import type { DomainValidation } from '../domain/domain-validations.ts'
import type { Evidence, EvidenceKind, Verdict } from '../domain/evidence.ts'
import type { AuthorityId, ManagedId, Serial } from '../domain/ids.ts'
import type {
  ManagedCertificate,
  ManagedKind,
  ManagedStatus,
  ManagedVersion,
  VersionFacts,
} from '../domain/managed-certificates.ts'
import type { Millis } from '../domain/time.ts'
import type { ManagedSearch } from './managed-search.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** What one kind of check found last about one name, for one version. */
export type StoredEvidence = {
  readonly managed: ManagedId
  /** The version that it was asked for: the one after the current one, while that is being validated. */
  readonly version: number
  readonly domain: string
  readonly kind: EvidenceKind
  readonly verdict: Verdict
  readonly at: Millis
  readonly items: readonly Evidence[]
}

export type ManagedFilter = {
  readonly kind?: ManagedKind
  readonly status?: ManagedStatus
  /** The first name. */
  readonly domainName?: string
  readonly inUse?: boolean
  readonly expiresBefore?: Millis
}

export type { ManagedSearch }

export type ManagedWrites = {
  readonly managed: {
    add(certificate: ManagedCertificate): Write
    /**
     * Puts everything that can change in place of what `before` has (associations and versions have writes of their
     * own); conflict `stale` when another revision stands.
     */
    replace(before: ManagedCertificate, after: ManagedCertificate): Write
    /** To be looked at then, if not earlier; a change like any other. Conflict `stale` when it isn't there. */
    wake(id: ManagedId, at: Millis): Write
    /** Everything that is pending is to be looked at now: the calendar was set. */
    wakePending(at: Millis): Write
    /** With its versions, validations and evidence; conflict `stale` at another revision, `refused` while it is in use. */
    remove(certificate: ManagedCertificate): Write
    /** Conflict `exists` when the number is taken. */
    addVersion(version: ManagedVersion): Write
    /** What one from before facts were kept is found by. */
    setFacts(id: ManagedId, number: number, facts: VersionFacts): Write
  }
  readonly associations: {
    /** Once or again. */
    add(managed: ManagedId, resourceArn: string, at: Millis): Write
    /** Conflict `stale` when it isn't there. */
    remove(managed: ManagedId, resourceArn: string): Write
  }
  readonly validations: {
    /** In place of what stood for the name. */
    put(validation: DomainValidation): Write
    /** Decides one that is pending; conflict `stale` when it isn't. */
    settle(
      managed: ManagedId,
      domain: string,
      outcome: 'SUCCESS' | 'FAILED',
      reason: string | undefined,
      at: Millis,
    ): Write
    /** In place of what was found for the same version, name and kind. */
    putEvidence(evidence: StoredEvidence): Write
  }
}

export type ManagedReads = {
  readonly managed: {
    get(place: Place, id: ManagedId): Promise<ManagedCertificate | undefined>
    /** Whoever's it is: for jobs. */
    byId(id: ManagedId): Promise<ManagedCertificate | undefined>
    /** Newest first. */
    list(
      place: Place,
      filter: ManagedFilter,
      now: Millis,
      page: PageRequest,
    ): Promise<Page<ManagedCertificate>>
    /**
     * What fits, as far as a page looks: one may be short, or empty, with a cursor to go on from.
     * @throws request_invalid for a cursor of another search, and for too many to sort: `MOST_SORTED`
     */
    search(
      place: Place,
      search: ManagedSearch,
      now: Millis,
      page: PageRequest,
    ): Promise<Page<ManagedCertificate>>
    /** Those whose version that stands has no facts yet. */
    withoutFacts(limit: number): Promise<readonly ManagedCertificate[]>
    /** The one whose version that stands this certificate is. */
    standing(authority: AuthorityId, serial: Serial): Promise<ManagedCertificate | undefined>
    /** Everybody's that are to be looked at by `now`, the longest overdue first. */
    due(now: Millis, limit: number): Promise<readonly ManagedCertificate[]>
    /** Of one place that are to be looked at by `until`. */
    dueIn(place: Place, until: Millis, page: PageRequest): Promise<Page<ManagedCertificate>>
    version(id: ManagedId, number: number): Promise<ManagedVersion | undefined>
    /** Newest first. */
    versions(id: ManagedId, page: PageRequest): Promise<Page<ManagedVersion>>
  }
  readonly validations: {
    /** In the order of the certificate's names. */
    of(id: ManagedId): Promise<readonly DomainValidation[]>
    evidence(id: ManagedId, version: number): Promise<readonly StoredEvidence[]>
  }
}
