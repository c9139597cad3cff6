import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { unpacked } from './postings.ts'
import { INDEX_VERSION, PIECE, SEGMENT } from './segment.ts'

/** Numbers of events by one term, from high to low. */
export type PostingCursor = {
  /** The highest one that is at most `id`; 0 when there is none. */
  atMost(id: number): number
}

/** The index's file, beside its database. */
export const auditIndexOf = (database: string): string => join(dirname(database), 'audit-index.db')

export type IndexReader = {
  /** Runs with the index as it is now, whatever is merged meanwhile. */
  snapshot<T>(work: () => T): T
  /** Whether it is of this very trail, and up to which event; 0: it helps nobody. */
  through(): number
  cursor(term: number): PostingCursor
  /** The part of the indexed events that a time may be in, to a piece at each end. */
  stretches(since: number | undefined, until: number | undefined): Stretch
}

type Stretch = { readonly from: number; readonly to: number }
type Segment = { readonly id: number; readonly first: number; readonly last: number }
type Row = { readonly first: number; readonly more: Uint8Array | null }

/**
 * Opens the index as soon as there is one.
 * @param hashOf the hash of an event of the trail; undefined when it isn't there any more
 */
export function lazyIndexReader(
  file: string,
  hashOf: (id: number) => string | undefined,
): { get(): IndexReader | undefined; close(): void } {
  let db: Database.Database | undefined
  let reader: IndexReader | undefined
  return {
    get: () => {
      if (db === undefined && existsSync(file)) {
        db = new Database(file, { readonly: true, fileMustExist: true })
        db.pragma('busy_timeout = 5000')
      }
      // The indexer may have made the file a moment ago, and its tables not yet.
      if (
        db !== undefined &&
        reader === undefined &&
        db.pragma('user_version', { simple: true }) === INDEX_VERSION
      )
        reader = indexReader(db, hashOf)
      return reader
    },
    close: () => db?.close(),
  }
}

function indexReader(db: Database.Database, hashOf: (id: number) => string | undefined): IndexReader {
  const progress = db.prepare('SELECT through, hash FROM Progress')
  const segments = db.prepare('SELECT id, first, last FROM Segment ORDER BY first DESC')
  const posting = db.prepare(
    'SELECT first, more FROM Posting WHERE segment = ? AND term = ? AND first <= ? ORDER BY first DESC LIMIT 1',
  )
  const within =
    'SELECT first AS "from", last AS "to" FROM Stretch WHERE size = ? AND first >= ? AND first <= ?'
  const before = db.prepare(`${within} AND earliest < ? ORDER BY first DESC LIMIT 1`)
  const after = db.prepare(`${within} AND latest >= ? ORDER BY first LIMIT 1`)
  /** The segment that ends the time, then the piece of it. */
  const end = (ending: Database.Statement, time: number): Stretch | undefined => {
    const segment = ending.get(SEGMENT, 0, Number.MAX_SAFE_INTEGER, time) as Stretch | undefined
    return segment && (ending.get(PIECE, segment.from, segment.to, time) as Stretch)
  }
  return {
    snapshot: (work) => db.transaction(work)(),
    through: () => {
      const { through, hash } = progress.get() as { through: number; hash: string }
      return (hashOf(through) ?? hash) === hash ? through : 0
    },
    cursor: (term) =>
      cursorOver(segments.all() as Segment[], (segment, id) => posting.get(segment, term, id) as Row),
    stretches: (since, until) => ({
      from: since === undefined ? 1 : (end(after, since)?.from ?? Number.MAX_SAFE_INTEGER),
      to: until === undefined ? Number.MAX_SAFE_INTEGER : (end(before, until)?.to ?? 0),
    }),
  }
}

/** Goes through the segments from the newest on, and keeps the row that it looked at last. */
function cursorOver(
  segments: readonly Segment[],
  rowAt: (segment: number, id: number) => Row | undefined,
): PostingCursor {
  let place = 0
  let ids: readonly number[] = []
  return {
    atMost: (id) => {
      for (;;) {
        const found = ids.length > 0 && (ids[0] as number) <= id ? highest(ids, id) : 0
        if (found > 0) return found
        const segment = segments[place]
        if (segment === undefined) return 0
        const row = segment.first > id ? undefined : rowAt(segment.id, id)
        if (row === undefined) {
          place++
          ids = []
        } else ids = unpacked(row.first, row.more)
      }
    },
  }
}

/** Of numbers that rise, the highest that is at most `id`; the first one is. */
function highest(ids: readonly number[], id: number): number {
  let low = 0
  let high = ids.length - 1
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((ids[middle] as number) <= id) low = middle
    else high = middle - 1
  }
  return ids[low] as number
}
