import type { CaaProperty } from './caa.ts'

/** What stands in a record, by its type. What isn't named here comes as `other`. */
export type DnsData =
  | { readonly type: 'A' | 'AAAA' | 'CNAME' | 'NS'; readonly data: string }
  | { readonly type: 'CAA'; readonly data: CaaProperty }
  | { readonly type: 'MX'; readonly data: { readonly preference: number; readonly exchange: string } }
  /** Its character strings joined, each octet as one character (Latin-1). */
  | { readonly type: 'TXT'; readonly data: string }
  | { readonly type: 'other'; readonly data: string }

/** One record of an answer. */
export type DnsRecord = {
  /** Lower case, without the final dot. */
  readonly name: string
  /** Seconds. */
  readonly ttl: number
} & DnsData
