import type { Database } from 'better-sqlite3'
import { insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about who answers. `growing`: every process looks again. */
export function ocspWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const subject = 'ocspResponders.replace'
  return {
    'ocspResponders.add': growing(
      insert(db, subject, 'OcspResponder', 'authorityId, serial, keyId, createdAt', 'stale'),
    ),
    'ocspResponders.replace': growing(
      mustChange(
        db,
        subject,
        'UPDATE OcspResponder SET serial = ?, keyId = ?, createdAt = ? WHERE authorityId = ? AND serial = ?',
      ),
    ),
  }
}
