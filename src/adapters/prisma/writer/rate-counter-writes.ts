import type { Database } from 'better-sqlite3'
import { mayChange, type WritesByName } from './makers.ts'

/** Writes about what all servers together have counted. */
export const rateCounterWrites = (db: Database): WritesByName => ({
  'rateCounters.add': mayChange(
    db,
    `INSERT INTO RateCounter ("limit", "key", "window", hits, endsAt) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT ("limit", "key", "window") DO UPDATE SET hits = hits + excluded.hits`,
  ),
  'rateCounters.dropEnded': mayChange(db, 'DELETE FROM RateCounter WHERE endsAt <= ?'),
})
