import type { Database } from 'better-sqlite3'
import { Conflict, insert, mayChange, type WritesByName } from './makers.ts'
import { revoking } from './revocation-writes.ts'

const CERTIFICATE = 'serial = ? AND authorityId = ?'

/** Writes about certificates: what `serverId` is signing is its own until its lease has lapsed. */
export function certificateWrites(db: Database, serverId: string): WritesByName {
  const reserve = insert(
    db,
    'certificates.reserve',
    'Certificate',
    'authorityId, serial, accountId, region, der, notBefore, notAfter, issuedAt, keyId, profile, warnings, keyHash, shard, lenderId, state, lease',
  )
  const compromised = db.prepare(
    'SELECT 1 FROM CompromisedKey WHERE spkiSha256 = ? AND (everywhere = 1 OR accountId = ?)',
  )
  const setKeyHash = mayChange(db, `UPDATE Certificate SET keyHash = ? WHERE ${CERTIFICATE}`)
  const unsettle = mayChange(db, 'UPDATE CompromisedKey SET settledAt = NULL WHERE spkiSha256 = ?')
  const publish = db.prepare(
    `UPDATE Certificate SET state = 1, der = ?, lease = NULL WHERE ${CERTIFICATE} AND state = 0 AND lease = ?
       RETURNING id, accountId, region`,
  )
  const name = db.prepare(
    'INSERT OR IGNORE INTO CertificateName (accountId, region, name, certificateId) VALUES (?, ?, ?, ?)',
  )
  const abandon = db.prepare(
    `UPDATE Certificate SET state = 2, lease = NULL WHERE ${CERTIFICATE} AND state = 0
       AND (lease = ? OR lease NOT IN (SELECT owner FROM Lease WHERE name = 'server/' || owner AND expiresAt > ?))`,
  )
  const revoke = revoking(db)
  return {
    'certificates.reserve': (spkiSha256, ...values) => {
      const [, , account] = values
      if (compromised.get(spkiSha256, account) !== undefined)
        throw new Conflict('refused', 'certificates.reserve')
      reserve(...values, 0, serverId)
    },
    'certificates.setKeyHash': (spkiSha256, ...values) => {
      setKeyHash(...values)
      unsettle(spkiSha256)
    },
    'certificates.publish': (authority, serial, der, names) => {
      const row = publish.get(der, serial, authority, serverId) as PublishedRow | undefined
      if (row === undefined) throw new Conflict('stale', 'certificates.publish')
      for (const each of names as readonly string[]) name.run(row.accountId, row.region, each, row.id)
    },
    'certificates.abandon': (authority, serial, at, systemNow) => {
      if (abandon.run(serial, authority, serverId, systemNow).changes !== 1)
        throw new Conflict('stale', 'certificates.abandon')
      revoke(0, at, serial, authority)
    },
    'certificates.revoke': revoke,
  }
}
type PublishedRow = { readonly id: number; readonly accountId: string; readonly region: string }
