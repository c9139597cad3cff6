import type { Database } from 'better-sqlite3'
import { IMPORTED_PROFILE } from '../../../core/domain/profiles.ts'
import { Conflict, insert, mayChange, type WritesByName } from './makers.ts'
import { growRevocations } from './revocation-writes.ts'

const CERTIFICATE = 'serial = ? AND authorityId = ?'

/** A serial that is on record without a certificate: nobody sees it, it counts as revoked and is never issued again. */
const BARE = 'state = 2 AND length(der) = 0'

/** Writes about certificates and revocations that come from elsewhere, and about putting back a backup. */
export function importWrites(db: Database): WritesByName {
  return {
    'certificates.import': importCertificate(db),
    'revocations.import': importRevocation(db),
    'restores.add': insert(
      db,
      'restores.add',
      'Restore',
      'backupAt, restoredAt, auditId, auditHash, acknowledgedAt',
    ),
    'restores.acknowledge': mayChange(
      db,
      'UPDATE Restore SET acknowledgedAt = ? WHERE acknowledgedAt IS NULL',
    ),
    'leases.releaseAll': mayChange(db, 'DELETE FROM Lease'),
  }
}

function importCertificate(db: Database): WritesByName[string] {
  const add = db.prepare(
    `INSERT INTO Certificate
       (authorityId, serial, accountId, region, der, notBefore, notAfter, issuedAt, keyId, profile, warnings, state, lease)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL, 1, NULL)
       ON CONFLICT (serial, authorityId) DO UPDATE SET der = excluded.der, notBefore = excluded.notBefore,
         notAfter = excluded.notAfter, issuedAt = excluded.issuedAt, profile = excluded.profile, keyHash = NULL,
         state = 1
         WHERE ${BARE} RETURNING id, accountId, region`,
  )
  // What it is known as may become more precise: an authority's own certificate, once the authority is here.
  const same = db.prepare(
    `UPDATE Certificate SET profile = CASE profile WHEN '${IMPORTED_PROFILE}' THEN ? ELSE profile END
       WHERE ${CERTIFICATE} AND der = ? AND state = 1`,
  )
  // Its revocation may have come first, without knowing when the certificate ends.
  const ends = db.prepare(
    `UPDATE Revocation SET notAfter = ? WHERE certificateId = (SELECT id FROM Certificate WHERE ${CERTIFICATE})`,
  )
  const name = db.prepare(
    'INSERT OR IGNORE INTO CertificateName (accountId, region, name, certificateId) VALUES (?, ?, ?, ?)',
  )
  return (authority, serial, account, region, der, notBefore, notAfter, at, profile, names) => {
    const row = add.get(authority, serial, account, region, der, notBefore, notAfter, at, profile) as
      { readonly id: number; readonly accountId: string; readonly region: string } | undefined
    if (row === undefined) {
      if (same.run(profile, serial, authority, der).changes !== 1)
        throw new Conflict('exists', 'certificates.import')
      return
    }
    ends.run(notAfter, serial, authority)
    for (const each of names as readonly string[]) name.run(row.accountId, row.region, each, row.id)
  }
}

function importRevocation(db: Database): WritesByName[string] {
  const bare = db.prepare(
    `INSERT OR IGNORE INTO Certificate
       (authorityId, serial, accountId, region, der, notBefore, notAfter, issuedAt, keyId, profile, warnings, state, lease)
       VALUES (?, ?, ?, ?, x'', ?, ?, ?, NULL, ?, NULL, 2, NULL)`,
  )
  // What was being signed when the backup was made was issued after it, and revoked: it is not to be published again.
  const abandon = db.prepare(
    `UPDATE Certificate SET state = 2, lease = NULL WHERE ${CERTIFICATE} AND state = 0`,
  )
  const revoke = db.prepare(
    `INSERT OR IGNORE INTO Revocation (certificateId, authorityId, accountId, region, serial, reason, revokedAt, notAfter, shard)
       SELECT id, authorityId, accountId, region, serial, ?, ?, notAfter, shard FROM Certificate WHERE ${CERTIFICATE}`,
  )
  const grow = growRevocations(db)
  return (authority, serial, account, region, reason, revokedAt, notAfter, profile) => {
    bare.run(authority, serial, account, region, revokedAt, notAfter, revokedAt, profile)
    abandon.run(serial, authority)
    revoke.run(reason, revokedAt, serial, authority)
    grow()
  }
}
