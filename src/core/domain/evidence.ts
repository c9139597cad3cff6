import type { Millis } from './time.ts'

export const EVIDENCE_KINDS = ['dns', 'caa', 'http', 'email'] as const
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number]

/**
 * `passed`: this allows issuance. `refused`: it says no. `undecided`: it could not be found out, which allows nothing
 * either, but may be tried again.
 */
export type Verdict = 'passed' | 'refused' | 'undecided'

/** What was asked, of whom, and what came back: kept with what it decided. */
export type Evidence = {
  readonly kind: EvidenceKind
  /** A region's name; of e-mail, the mailbox. */
  readonly perspective: string
  /** Who answered: an address with its port, or `simulated`. */
  readonly resolver: string
  /** E.g. `CAA example.com`, or a URL. */
  readonly question: string
  /** What came back, as text that a person can read; at most 2,000 characters. */
  readonly answer: string
  readonly verdict: Verdict
  readonly at: Millis
}

/** The result of one check, with everything that led to it. */
export type Check = {
  readonly verdict: Verdict
  /** For whoever has to mend it; absent when passed. */
  readonly reason?: string
  readonly evidence: readonly Evidence[]
}
