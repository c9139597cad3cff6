import type { DnsFault } from '../domain/dns-faults.ts'
import type { AccountId } from '../domain/ids.ts'
import type { ZoneLookup } from '../domain/zone-answers.ts'
import type { RecordSet, Zone, ZoneRecordType } from '../domain/zones.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** Which record sets of a zone. */
export type RecordSetsAt = {
  readonly apex: string
  readonly name: string
  /** All types when undefined. */
  readonly type: ZoneRecordType | undefined
  /** Only those that everybody sees when undefined. */
  readonly perspective: string | undefined
}

/** Writes about the simulated DNS. */
export type ZoneWrites = {
  readonly zones: {
    /** Conflict `exists` when somebody has the apex, `refused` when it lies in a zone of another account. */
    add(zone: Zone): Write
    /** With all its records. Conflict `stale` when the account has no such zone. */
    remove(account: AccountId, apex: string): Write
    /**
     * In place of the set that was there. Conflict `stale` when the account has no such zone, `refused` when an alias
     * would stand beside something else.
     */
    putSet(account: AccountId, set: RecordSet): Write
    /** Conflict `stale` when the account has no such sets. */
    removeSets(account: AccountId, sets: RecordSetsAt): Write
  }
  readonly dnsFaults: {
    add(fault: DnsFault): Write
    /** Conflict `stale` when there is none. */
    remove(id: string): Write
    removeAll(): Write
    /** One answer less to spoil, of a fault that counts them. Conflict `stale` when it has none left. */
    spend(id: string): Write
  }
}

/** Reads about the same. */
export type ZoneReads = {
  readonly zones: ZoneLookup & {
    get(account: AccountId, apex: string): Promise<Zone | undefined>
    list(account: AccountId, page: PageRequest): Promise<Page<Zone>>
    /** Of a zone, those of one name or all of them; a name's lie together. */
    sets(apex: string, name: string | undefined, page: PageRequest): Promise<Page<RecordSet>>
  }
  readonly dnsFaults: {
    /** Oldest first. */
    all(): Promise<readonly DnsFault[]>
  }
}
