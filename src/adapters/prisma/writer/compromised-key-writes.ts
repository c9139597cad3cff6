import type { Database } from 'better-sqlite3'
import { SYSTEM_ACCOUNT } from '../../../core/domain/ids.ts'
import { mayChange, type Apply, type WritesByName } from './makers.ts'

const COLUMNS = 'spkiSha256, accountId, everywhere, source, note, markedBy, createdAt'

/** Writes about compromised keys; `growing` makes every process look again at the authorities it has cached. */
export function compromisedKeyWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const fromFile = db.prepare(
    `INSERT INTO CompromisedKey (${COLUMNS}) VALUES (?, '${SYSTEM_ACCOUNT}', 1, 'file', NULL, 'system/compromised-keys', ?)
       ON CONFLICT (spkiSha256, accountId) DO NOTHING`,
  )
  const drop = db.prepare("DELETE FROM CompromisedKey WHERE spkiSha256 = ? AND source = 'file'")
  return {
    'compromisedKeys.mark': growing(
      mayChange(
        db,
        `INSERT INTO CompromisedKey (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (spkiSha256, accountId) DO UPDATE SET everywhere = MAX(everywhere, excluded.everywhere),
             source = excluded.source, note = COALESCE(excluded.note, note), markedBy = excluded.markedBy,
             settledAt = NULL`,
      ),
    ),
    'compromisedKeys.addFromFile': growing((hashes, at) => {
      for (const hash of hashes as readonly string[]) fromFile.run(Buffer.from(hash, 'hex'), at)
    }),
    'compromisedKeys.dropFromFile': growing((hashes) => {
      for (const hash of hashes as readonly string[]) drop.run(Buffer.from(hash, 'hex'))
    }),
    'compromisedKeys.settle': mayChange(
      db,
      'UPDATE CompromisedKey SET settledAt = ? WHERE spkiSha256 = ? AND accountId = ?',
    ),
  }
}
