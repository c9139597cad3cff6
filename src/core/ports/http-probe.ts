/** Why a fetch told nothing. */
export const PROBE_FAILURES = [
  'unresolved', // the host has no address, or DNS failed
  'forbidden', // an address, a port or a redirect that validation may not reach
  'unreachable',
  'timeout',
  'malformed', // not HTTP, or a redirect without a target
  'too_large',
  'too_many_redirects',
] as const
export type ProbeFailure = (typeof PROBE_FAILURES)[number]

export type ProbeAnswer = {
  /** Every URL that was fetched, the one asked for first. */
  readonly visited: readonly string[]
  readonly milliseconds: number
} & (
  | {
      readonly outcome: 'answered'
      readonly status: number
      readonly body: Uint8Array
      /** The address that gave the last answer. */
      readonly address: string
    }
  | { readonly outcome: 'failed'; readonly reason: ProbeFailure; readonly detail: string }
)

/** Fetches what a stranger named, behind a guard: public addresses only, unless configured; bounded in every way. */
export type HttpProbe = {
  /** GET, following redirects within http and https. Never rejects. */
  get(url: string): Promise<ProbeAnswer>
}
