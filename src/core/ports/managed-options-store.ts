import type { ManagedId } from '../domain/ids.ts'
import type { MethodChange } from '../domain/method-changes.ts'
import type { Millis } from '../domain/time.ts'
import type { Place, Write } from './write.ts'

/** What an account has chosen for its managed certificates in a region. */
export type ManagedSettings = { readonly daysBeforeExpiry: number }

export type ManagedOptionsWrites = {
  readonly methodChanges: {
    /** In place of one that is over; conflict `stale` while one is under way. */
    begin(change: MethodChange): Write
    /** Conflict `stale` when it was looked at by somebody else meanwhile, or is over. */
    advance(before: MethodChange, after: MethodChange): Write
  }
  readonly managedSettings: {
    /** The ends of the place's certificates are looked at anew. */
    put(place: Place, settings: ManagedSettings, at: Millis): Write
  }
}

export type ManagedOptionsReads = {
  readonly methodChanges: {
    of(managed: ManagedId): Promise<MethodChange | undefined>
    /** Everybody's that are to be looked at by `now`, the longest overdue first. */
    due(now: Millis, limit: number): Promise<readonly MethodChange[]>
  }
  readonly managedSettings: {
    /** Undefined where the account has chosen nothing. */
    get(place: Place): Promise<ManagedSettings | undefined>
  }
}
