import type { RateCounterWrites } from '../../core/ports/rate-counter-store.ts'
import { write } from './wire-values.ts'

/** Writes about what all servers together have counted, as data. */
export const rateCounterWrites: RateCounterWrites = {
  rateCounters: {
    add: ({ limit, key, window, hits, endsAt }) =>
      write('rateCounters.add', limit, key, window, hits, endsAt),
    dropEnded: (now) => write('rateCounters.dropEnded', now),
  },
}
