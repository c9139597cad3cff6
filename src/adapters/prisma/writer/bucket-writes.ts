import type { Database } from 'better-sqlite3'
import { mustChange, type WritesByName } from './makers.ts'

/** Writes about buckets. */
export const bucketWrites = (db: Database): WritesByName => ({
  'buckets.claim': mustChange(
    db,
    'buckets.claim',
    `INSERT INTO Bucket (name, accountId, createdAt) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE
       SET accountId = accountId WHERE accountId = excluded.accountId`,
    'refused',
  ),
  'buckets.remove': mustChange(
    db,
    'buckets.remove',
    `DELETE FROM Bucket WHERE name = ? AND accountId = ?
       AND NOT EXISTS (SELECT 1 FROM AuditReport WHERE bucket = Bucket.name)
       AND NOT EXISTS (SELECT 1 FROM Authority WHERE accountId = Bucket.accountId AND purgedAt IS NULL
         AND json_extract(revocation, '$.crl.bucket') = Bucket.name)`,
  ),
})
