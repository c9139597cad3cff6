import type { Database } from 'better-sqlite3'
import { insert, mustChange, type WritesByName } from './makers.ts'

/** Writes about stacks. */
export const stackWrites = (db: Database): WritesByName => ({
  'stacks.add': insert(
    db,
    'stacks.add',
    'Stack',
    'id, accountId, region, name, revision, status, description, document, createdAt, updatedAt',
  ),
  'stacks.replace': mustChange(
    db,
    'stacks.replace',
    `UPDATE Stack SET revision = ?, status = ?, description = ?, document = ?, updatedAt = ?
       WHERE id = ? AND revision = ?`,
  ),
  'stacks.remove': mustChange(db, 'stacks.remove', 'DELETE FROM Stack WHERE id = ? AND revision = ?'),
})
