import type { DnsData } from './dns-records.ts'
import type { AccountId } from './ids.ts'
import type { Millis } from './time.ts'

/** A part of the DNS that is simulated. It belongs to one account: the DNS has no regions. */
export type Zone = {
  /** Lower case, without the final dot. */
  readonly apex: string
  readonly account: AccountId
  readonly createdAt: Millis
}

/** What a zone may hold. Its SOA record is made, since only its number would mean anything. */
export const ZONE_RECORD_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'TXT'] as const
export type ZoneRecordType = (typeof ZONE_RECORD_TYPES)[number]
/** The data of one type, e.g. of CAA. */
export type ZoneData = Exclude<DnsData, { readonly type: 'other' }>['data']

/** All records of a name and a type (RFC 2181 §5). */
export type RecordSet = {
  readonly apex: string
  readonly name: string
  readonly type: ZoneRecordType
  /** Seconds. */
  readonly ttl: number
  readonly data: readonly ZoneData[]
  /**
   * The only perspective that sees it. One that has sets of its own at a name sees those alone there: so that a single
   * perspective can be lied to.
   */
  readonly perspective: string | undefined
}

/** Most records in a set: what fits a TCP answer with room to spare. */
export const MAX_RECORDS_IN_SET = 100
export const MAX_TTL = 604_800
export const DEFAULT_TTL = 60
