import type { CaaProperty } from '../domain/caa.ts'
import type { DnsRecord } from '../domain/dns-records.ts'

export type { CaaProperty, DnsRecord }

/** What validation and CAA ask for. */
export const QUERY_TYPES = ['A', 'AAAA', 'CAA', 'CNAME', 'MX', 'NS', 'SOA', 'TXT'] as const
export type QueryType = (typeof QUERY_TYPES)[number]

/** `name`: lower case, A-labels, without the final dot; the root is the empty string. */
export type DnsQuestion = { readonly name: string; readonly type: QueryType }

/** Why there is no answer that could be relied on. None of these says anything about the name. */
export const RESOLUTION_FAILURES = [
  'servfail', // the resolver couldn't, DNSSEC validation included
  'refused', // any other response code but NOERROR and NXDOMAIN
  'timeout',
  'truncated', // over UDP, and TCP failed
  'malformed', // not an answer to the question, or not DNS
  'unreachable',
] as const
export type ResolutionFailure = (typeof RESOLUTION_FAILURES)[number]

type Asked = {
  /** Who answered: an address with its port, or `simulated`. */
  readonly resolver: string
  readonly milliseconds: number
}
export type DnsAnswer = Asked &
  (
    | {
        readonly outcome: 'answered'
        readonly exists: boolean
        /** The answer section as it came: the aliases that were followed, and what stands at their end. */
        readonly records: readonly DnsRecord[]
      }
    | { readonly outcome: 'failed'; readonly reason: ResolutionFailure }
  )

/** A recursive resolver. */
export type Resolver = {
  /** Never rejects: what went wrong is part of the answer. Asks again over TCP when UDP was truncated. */
  resolve(question: DnsQuestion): Promise<DnsAnswer>
}
