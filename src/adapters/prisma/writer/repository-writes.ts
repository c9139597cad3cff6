import type { Database } from 'better-sqlite3'
import { insert, mayChange, mustChange, type WritesByName } from './makers.ts'

/** Writes about the public repository. */
export const repositoryWrites = (db: Database): WritesByName => ({
  'repository.await': mayChange(
    db,
    `INSERT INTO AwaitedCrl (authorityId, shard, revocation, withdrawal) VALUES (?, ?, ?, ?)
       ON CONFLICT (authorityId, shard) DO UPDATE SET
         revocation = MAX(revocation, excluded.revocation), withdrawal = MAX(withdrawal, excluded.withdrawal)`,
  ),
  'repository.settle': mayChange(
    db,
    'DELETE FROM AwaitedCrl WHERE authorityId = ? AND shard = ? AND revocation <= ? AND withdrawal <= ?',
  ),
  'repository.raise': insert(
    db,
    'repository.raise',
    'RepositoryAlarm',
    'id, subject, authorityId, reason, detail, since, recoveredAt',
  ),
  'repository.changeAlarm': mustChange(
    db,
    'repository.changeAlarm',
    'UPDATE RepositoryAlarm SET reason = ?, detail = ? WHERE id = ? AND recoveredAt IS NULL',
  ),
  'repository.endAlarm': mustChange(
    db,
    'repository.endAlarm',
    'UPDATE RepositoryAlarm SET recoveredAt = ? WHERE id = ? AND recoveredAt IS NULL',
  ),
  'repository.told': mayChange(db, 'UPDATE RepositoryAlarm SET told = ? WHERE id = ?'),
  'repository.dropAlarmsBefore': mayChange(db, 'DELETE FROM RepositoryAlarm WHERE recoveredAt < ?'),
})
