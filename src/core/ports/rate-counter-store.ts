import type { AuthorityId } from '../domain/ids.ts'
import type { Quota } from '../domain/quotas.ts'
import type { Millis } from '../domain/time.ts'
import type { Place, Write } from './write.ts'

/** Requests that were counted for one key of a rate limit, in one window. */
export type RateCount = {
  readonly limit: string
  readonly key: string
  readonly window: number
  readonly hits: number
  /** When the window is over; on the system clock. */
  readonly endsAt: Millis
}

/** Writes about what all servers together have counted. */
export type RateCounterWrites = {
  readonly rateCounters: {
    /** Adds to what is there. */
    add(count: RateCount): Write
    /** Of windows that are over. */
    dropEnded(now: Millis): Write
  }
}

/** Reads about the same, and about what quotas count. */
export type RateCounterReads = {
  readonly rateCounters: { total(count: Pick<RateCount, 'limit' | 'key' | 'window'>): Promise<number> }
  readonly quotas: {
    /** Those there are, sessions only that haven't ended; stops counting at `most`. */
    count(quota: Exclude<Quota, 'certificates'>, place: Place, most: number, now: Millis): Promise<number>
    /** Those that an authority ever issued, or began to; stops counting at `most`. */
    certificates(authority: AuthorityId, most: number): Promise<number>
  }
}
