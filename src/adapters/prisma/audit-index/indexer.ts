import { closeSync, openSync } from 'node:fs'
import Database from 'better-sqlite3'
import { CHAIN_START } from '../../../core/domain/audit-trail.ts'
import { openReadable } from '../connection.ts'
import { packed } from './postings.ts'
import { INDEX_VERSION, PIECE, SEGMENT } from './segment.ts'
import { createTermReader, type IndexedEvent } from './terms.ts'

/** So many segments of a level become one of the next. */
const FAN = 16
/** Segments of this level, a million events each, stay as they are. */
const TOP = 2

const SCHEMA = `
  DROP TABLE IF EXISTS Progress; DROP TABLE IF EXISTS Stretch; DROP TABLE IF EXISTS Segment; DROP TABLE IF EXISTS Posting;
  CREATE TABLE Progress (id INTEGER PRIMARY KEY, through INTEGER NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE Stretch (size INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, earliest INTEGER NOT NULL,
    latest INTEGER NOT NULL, PRIMARY KEY (size, first)) WITHOUT ROWID;
  CREATE TABLE Segment (id INTEGER PRIMARY KEY AUTOINCREMENT, level INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL);
  CREATE TABLE Posting (segment INTEGER NOT NULL, term INTEGER NOT NULL, first INTEGER NOT NULL, more BLOB,
    PRIMARY KEY (segment, term, first)) WITHOUT ROWID;
  INSERT INTO Progress VALUES (1, ${CHAIN_START.id}, '${CHAIN_START.hash}');
  PRAGMA user_version = ${INDEX_VERSION}`

type EventRow = IndexedEvent & { readonly id: number; readonly time: number }
type Moment = Pick<EventRow, 'id' | 'time'>

export type Indexer = {
  /** Takes up the next segment's events, when there are so many. @returns how many */
  step(): number
  close(): void
}

/**
 * Builds the index of the audit trail in a file beside the database: it can be made anew from the trail at any time, so
 * nothing waits for it and no commit of the database has a part in it. Postings of each segment are written in the order
 * of the file, whatever they are of, and segments are merged as they become many (as a log-structured merge tree does).
 */
export function openIndexer(database: string, file: string): Indexer {
  const events = openReadable(database)
  // Before SQLite makes it with a mode of its own.
  closeSync(openSync(file, 'a', 0o600))
  const index = new Database(file)
  index.pragma('journal_mode = WAL')
  // What a power cut takes is built again.
  index.pragma('synchronous = NORMAL')
  index.pragma('busy_timeout = 10000')
  if (index.pragma('user_version', { simple: true }) !== INDEX_VERSION)
    index.transaction(() => index.exec(SCHEMA))()
  const page = events.prepare(
    `SELECT id, accountId AS account, region, name, time, record FROM AuditEvent
       WHERE id > ? ORDER BY id LIMIT ${SEGMENT}`,
  )
  const terms = createTermReader()
  const progress = index.prepare('SELECT through, hash FROM Progress')
  const taken = index.transaction((): number => {
    beginAnewWhereOther(index, events)
    const { through } = progress.get() as { through: number }
    if (waiting(events, through) < SEGMENT) return 0
    const { moments, postings } = readSegment(page.iterate(through) as Iterable<EventRow>, terms)
    const [first, last] = [moments[0], moments.at(-1)]
    // An archive may have taken some since they were counted.
    if (moments.length < SEGMENT || first === undefined || last === undefined) return 0
    noteTimes(index, moments)
    write(index, addSegment(index, 0, first.id, last.id), postings)
    index.prepare('UPDATE Progress SET through = ?, hash = ?').run(last.id, hashAt(events, last.id))
    return moments.length
  })
  const merged = index.transaction((level: number) => merge(index, level))
  return {
    step: () => {
      const count = taken.immediate()
      if (count > 0) for (let level = 0; level < TOP && merged.immediate(level); level++);
      else index.transaction(() => forget(index, events)).immediate()
      return count
    },
    close: () => {
      index.close()
      events.close()
    },
  }
}

/** Another trail than the one that was indexed, as after a restore by hand: what there is says nothing about it. */
function beginAnewWhereOther(index: Database.Database, events: Database.Database): void {
  const { through, hash } = index.prepare('SELECT through, hash FROM Progress').get() as {
    through: number
    hash: string
  }
  const now = hashAt(events, through)
  const first = firstIn(events)
  const archived = now === undefined && first !== undefined && first > through
  if (through > 0 && !archived && now !== hash) index.exec(SCHEMA)
}

const firstIn = (events: Database.Database): number | undefined =>
  (events.prepare('SELECT MIN(id) FROM AuditEvent').pluck().get() ?? undefined) as number | undefined

const hashAt = (events: Database.Database, id: number): string | undefined =>
  events.prepare('SELECT lower(hex(hash)) FROM AuditEvent WHERE id = ?').pluck().get(id) as string | undefined

/** How many events come after one, by their numbers, which have no gaps: they are looked at for it every two seconds. */
function waiting(events: Database.Database, through: number): number {
  const last = events.prepare('SELECT MAX(id) FROM AuditEvent').pluck().get() as number | null
  return last === null ? 0 : last - Math.max(through, (firstIn(events) ?? 1) - 1)
}

/** When the events of a segment were, and of each piece of it. */
function noteTimes(index: Database.Database, moments: readonly Moment[]): void {
  const add = index.prepare('INSERT INTO Stretch VALUES (?, ?, ?, ?, ?)')
  for (const size of [SEGMENT, PIECE])
    for (let from = 0; from < moments.length; from += size) {
      const stretch = moments.slice(from, from + size)
      const times = stretch.map(({ time }) => time)
      add.run(size, stretch[0]?.id, stretch.at(-1)?.id, Math.min(...times), Math.max(...times))
    }
}

/** Events by term, each in rising order, and when they were. One record at a time, which is gone before it grows old. */
function readSegment(
  rows: Iterable<EventRow>,
  terms: ReturnType<typeof createTermReader>,
): { moments: readonly Moment[]; postings: ReadonlyMap<number, number[]> } {
  const moments: Moment[] = []
  const postings = new Map<number, number[]>()
  for (const row of rows) {
    const { id, time } = row
    moments.push({ id, time })
    for (const term of new Set(terms(row))) {
      const ids = postings.get(term)
      if (ids === undefined) postings.set(term, [id])
      else ids.push(id)
    }
  }
  return { moments, postings }
}

const addSegment = (index: Database.Database, level: number, first: number, last: number) =>
  index.prepare('INSERT INTO Segment (level, first, last) VALUES (?, ?, ?)').run(level, first, last)
    .lastInsertRowid as number

function write(index: Database.Database, segment: number, postings: ReadonlyMap<number, number[]>): void {
  const add = index.prepare('INSERT INTO Posting VALUES (?, ?, ?, ?)')
  for (const [term, [first = 0, ...rest]] of [...postings].sort(([a], [b]) => a - b))
    add.run(segment, term, first, packed(first, rest))
}

/** Makes one segment of the next level of the oldest of a level, when they are as many. @returns whether it did */
function merge(index: Database.Database, level: number): boolean {
  const segments = index
    .prepare('SELECT id, first, last FROM Segment WHERE level = ? ORDER BY first LIMIT ?')
    .all(level, FAN) as { id: number; first: number; last: number }[]
  const [oldest, newest] = [segments[0], segments.at(-1)]
  if (segments.length < FAN || oldest === undefined || newest === undefined) return false
  const target = addSegment(index, level + 1, oldest.first, newest.last)
  const ids = segments.map(({ id }) => id).join(', ')
  index.exec(`INSERT INTO Posting SELECT ${target}, term, first, more FROM Posting
    WHERE segment IN (${ids}) ORDER BY term, first`)
  index.exec(`DELETE FROM Posting WHERE segment IN (${ids}); DELETE FROM Segment WHERE id IN (${ids})`)
  return true
}

/** What was of events that are in archives now, one segment at a time. */
function forget(index: Database.Database, events: Database.Database): void {
  const first = firstIn(events) ?? 0
  const gone = index.prepare('SELECT id, last FROM Segment WHERE last < ? LIMIT 1').get(first) as
    { id: number; last: number } | undefined
  if (gone === undefined) return
  index.prepare('DELETE FROM Posting WHERE segment = ?').run(gone.id)
  index.prepare('DELETE FROM Segment WHERE id = ?').run(gone.id)
  // Whole segments with all their pieces, which are found by way of them.
  index.prepare('DELETE FROM Stretch WHERE last <= ?').run(gone.last)
}
