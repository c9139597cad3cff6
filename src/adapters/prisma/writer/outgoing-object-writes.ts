import type { Database } from 'better-sqlite3'
import { mayChange, type WritesByName } from './makers.ts'

/** Writes about what is to be written to a storage elsewhere. */
export const outgoingObjectWrites = (db: Database): WritesByName => ({
  'outgoingObjects.add': mayChange(
    db,
    `INSERT INTO OutgoingObject (authorityId, shard, kind, reportId, dueAt) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (authorityId, shard, kind, reportId) DO UPDATE SET revision = revision + 1`,
  ),
  'outgoingObjects.settle': mayChange(db, 'DELETE FROM OutgoingObject WHERE id = ? AND revision = ?'),
  'outgoingObjects.postpone': mayChange(
    db,
    'UPDATE OutgoingObject SET failures = failures + 1, dueAt = ? WHERE id = ?',
  ),
})
