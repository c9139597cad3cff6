import type { AccountEvent, AccountEventName, NewAuthorityEvent } from '../domain/authority-events.ts'
import type { NewEvent } from '../domain/certificate-events.ts'
import type { AuthorityId, EventId, ManagedId } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** `sequence` grows with each event, in the order in which they became durable. */
export type StoredEvent = AccountEvent & { readonly sequence: number }

export type EventFilter = {
  /** A managed certificate, or an authority. */
  readonly about?: ManagedId | AuthorityId
  /** One of these. */
  readonly names?: readonly AccountEventName[]
  /** Happened then or later. */
  readonly since?: Millis
  /** Came after the one with this sequence. */
  readonly after?: number
}

export type EventWrites = {
  readonly events: {
    /**
     * In the transaction of what happened. Once or again: one that was told already changes nothing. Also keeps when
     * the certificate's end is spoken of next.
     */
    add(event: NewEvent): Write
    /** The same of an authority. */
    tell(event: NewAuthorityEvent): Write
    /** When its end is spoken of next, unless a newer version's is. */
    setNotice(certificate: ManagedId, version: number, at: Millis): Write
    /** Nothing is to be told of its end any more; once or again. */
    dropNotice(certificate: ManagedId): Write
    /** Of the `limit` oldest, those that were recorded before `time` by the system clock. */
    dropOlderThan(time: Millis, limit: number): Write
  }
}

export type EventReads = {
  readonly events: {
    get(place: Place, id: EventId): Promise<StoredEvent | undefined>
    /** Oldest first; a page may be short, or empty, and still have a next one. */
    list(place: Place, filter: EventFilter, page: PageRequest): Promise<Page<StoredEvent>>
    /** Sequence of the place's newest; 0 when there is none. */
    newest(place: Place): Promise<number>
    /** Certificates whose end is to be spoken of by `now`, the longest overdue first. */
    noticesDue(now: Millis, limit: number): Promise<readonly ManagedId[]>
  }
}
