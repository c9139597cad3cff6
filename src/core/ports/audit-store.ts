import type { ChainedEvent, ChainPlace, SignedArchive } from '../domain/audit-trail.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** Which events; all conditions at once. */
export type AuditFilter = {
  /** Of one account and region; of all when undefined. */
  readonly place: Place | undefined
  readonly name?: string
  /** Id, ARN or access key of whoever did it. */
  readonly principal?: string
  /** ARN of something that it was about. */
  readonly resource?: string
  /** Then or later. */
  readonly since?: Millis
  /** Before then. */
  readonly until?: Millis
}

export type FoundEvent = Place & {
  /** Its place in the chain. */
  readonly id: number
  readonly time: Millis
  readonly name: string
  readonly record: string
}

/** An archive, with what its file is like. */
export type StoredArchive = SignedArchive & {
  /** Octets. */
  readonly size: number
  /** Of the file, in hex. */
  readonly sha256: string
}

/** Writes about the audit trail, besides the events themselves. */
export type AuditWrites = {
  readonly auditArchives: {
    /** Conflict `exists` when there is one of these events. */
    add(archive: StoredArchive): Write
    /** Drops the oldest events that are in archives, so many at most; never the newest event, which the next one follows. */
    dropArchived(limit: number): Write
  }
}

/** Reads about the audit trail. */
export type AuditReads = {
  readonly audit: {
    /** What the first event that isn't in an archive follows. */
    start(): Promise<ChainPlace>
    /** Whether there are events that are in archives, too. */
    hasArchived(): Promise<boolean>
    /**
     * The last of at most `limit` events behind `id` that are all older than `before`; undefined when there is none.
     */
    olderThan(before: Millis, id: number, limit: number): Promise<ChainPlace | undefined>
    /** Oldest first; the installation's. */
    archives(installation: string, page: PageRequest): Promise<Page<StoredArchive>>
    archive(installation: string, first: number): Promise<StoredArchive | undefined>
    /** The last event's place; CHAIN_START before the first one. */
    head(): Promise<ChainPlace>
    /** Where the chain stood at this event, also at the last one of an archive; undefined when nothing says so. */
    at(id: number): Promise<ChainPlace | undefined>
    /** In order, from the one behind `id` on. */
    after(id: number, limit: number): Promise<readonly ChainedEvent[]>
    /** Newest first; a page may be short, or empty, and still have a next one. */
    find(filter: AuditFilter, page: PageRequest): Promise<Page<FoundEvent>>
  }
}
