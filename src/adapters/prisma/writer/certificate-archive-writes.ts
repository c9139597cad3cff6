import type { Database } from 'better-sqlite3'
import { insert, mayChange, type WritesByName } from './makers.ts'

/** Writes about archives of expired certificates. */
export function certificateArchiveWrites(db: Database): WritesByName {
  // What is in the file is taken out, and nothing else: these very octets.
  const stub = db.prepare(
    `UPDATE Certificate SET state = 3, der = x'', region = '', warnings = NULL, archived = ?
       WHERE serial = ? AND authorityId = ? AND region = ? AND der = ? AND state = 1 RETURNING id, accountId`,
  )
  const name = db.prepare(
    'DELETE FROM CertificateName WHERE accountId = ? AND region = ? AND name = ? AND certificateId = ?',
  )
  const revocation = db.prepare(`UPDATE Revocation SET region = '' WHERE certificateId = ?`)
  return {
    'certificateArchives.add': insert(
      db,
      'certificateArchives.add',
      'CertificateArchive',
      'first, last, before, hash, createdAt, keyName, signature, size, sha256, through',
    ),
    'certificateArchives.takeOut': (number, serial, authority, region, der, names) => {
      const row = stub.get(number, serial, authority, region, der) as
        { readonly id: number; readonly accountId: string } | undefined
      if (row === undefined) return
      for (const each of names as readonly string[]) name.run(row.accountId, region, each, row.id)
      revocation.run(row.id)
    },
    'certificateArchives.advance': mayChange(db, 'UPDATE CertificateArchive SET through = ? WHERE first = ?'),
  }
}
