import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'

export type EventRow = { readonly id: number; readonly record: string; readonly hash: Buffer }

/**
 * Every event of the audit trail that is in a database, in order, each found to follow from the one before: SHA-256 over its
 * hash, from 32 zero octets on or from where archives end.
 * @throws Error naming an event that is missing or breaks the chain
 */
export function* chainedEvents(db: Database): Generator<EventRow> {
  let before: { readonly id: number; readonly hash: Buffer | undefined } | undefined
  for (const row of db.prepare('SELECT id, record, hash FROM AuditEvent ORDER BY id').iterate()) {
    const event = row as EventRow
    before ??= behindArchives(db, event.id)
    if (event.id !== before.id + 1) throw new Error(`audit event ${before.id + 1} is missing`)
    const follows = before.hash === undefined || event.hash.equals(hashBehind(before.hash, event.record))
    if (!follows) throw new Error(`audit event ${event.id} breaks the chain`)
    before = event
    yield event
  }
}

const hashBehind = (before: Buffer, record: string): Buffer =>
  createHash('sha256').update(before).update(record, 'utf8').digest()

/** What the first event here follows; without a hash where archived events have been dropped up to here only. */
function behindArchives(db: Database, first: number): { id: number; hash: Buffer | undefined } {
  if (first === 1) return { id: 0, hash: Buffer.alloc(32) }
  const archives = db.prepare('SELECT last, hash FROM AuditArchive ORDER BY last DESC').all() as {
    readonly last: number
    readonly hash: Buffer
  }[]
  const [newest] = archives
  if (newest === undefined || newest.last < first - 1)
    throw new Error(`audit event ${(newest?.last ?? 0) + 1} is missing`)
  return { id: first - 1, hash: archives.find(({ last }) => last === first - 1)?.hash }
}
