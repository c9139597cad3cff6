import type { CrlScope } from './crl-scopes.ts'
import type { AuthorityId, ReportId } from './ids.ts'
import type { CrlVariety } from './published-crls.ts'
import type { Millis } from './time.ts'
import { retryDelay } from './webhooks.ts'

/** What is written to a storage elsewhere: whatever CRL is the current one by then, or an audit report. */
export type ObjectSource =
  | { readonly kind: CrlVariety; readonly scope: CrlScope }
  | { readonly kind: 'report'; readonly authority: AuthorityId; readonly report: ReportId }

/** Something that is to be written to a storage, and isn't yet. */
export type OutgoingObject = {
  readonly id: number
  readonly source: ObjectSource
  /** Counts what happened to it: who has written one state knows whether there is another by then. */
  readonly revision: number
  /** Attempts in a row that failed. */
  readonly failures: number
}

/**
 * Whether a bucket lies in the storage, too: only what the operator has named does, since accounts choose the names, and
 * the operator's credentials may open other buckets than theirs.
 * @param names of buckets; one that ends in `*` stands for all that begin so
 */
export const isStoredElsewhere = (names: readonly string[], bucket: string): boolean =>
  names.some((name) => (name.endsWith('*') ? bucket.startsWith(name.slice(0, -1)) : bucket === name))

const LONGEST_PAUSE: Millis = 5 * 60_000

/** How long a storage is left alone with what it didn't take. @param failures from 1 @param spread from 0 to 1 */
export const storingDelay = (failures: number, spread: number): Millis =>
  Math.min(retryDelay(failures, spread), LONGEST_PAUSE)
