import type { Database } from 'better-sqlite3'
import { Conflict, insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** `changeable` in ../credential-writes.ts gives the values in this order. */
const CHANGEABLE = 'issuer, audiences, algorithms, keysUrl, keySet, rules, revision, updatedAt'

/** Writes about whom the accounts believe besides their own tokens and keys: all of it is cached. */
export const credentialWrites = (db: Database, growing: (apply: Apply) => Apply): WritesByName => ({
  'identityProviders.add': growing(
    atMost(
      db,
      'identityProviders.add',
      insert(db, 'identityProviders.add', 'IdentityProvider', `accountId, name, createdAt, ${CHANGEABLE}`),
      // The first value is the account.
      { sql: 'SELECT COUNT(*) FROM IdentityProvider WHERE accountId = ?', place: 0 },
    ),
  ),
  'identityProviders.replace': growing(
    mustChange(
      db,
      'identityProviders.replace',
      `UPDATE IdentityProvider SET (${CHANGEABLE}) = (${CHANGEABLE.replace(/\w+/g, '?')})
         WHERE accountId = ? AND name = ? AND revision = ?`,
    ),
  ),
  'identityProviders.remove': growing(
    mustChange(
      db,
      'identityProviders.remove',
      'DELETE FROM IdentityProvider WHERE accountId = ? AND name = ? AND revision = ?',
    ),
  ),
  'certificateMappings.add': growing(
    atMost(
      db,
      'certificateMappings.add',
      insert(
        db,
        'certificateMappings.add',
        'CertificateMapping',
        'id, accountId, region, authorityId, kind, value, role, createdAt',
      ),
      { sql: 'SELECT COUNT(*) FROM CertificateMapping WHERE authorityId = ?', place: 3 },
    ),
  ),
  'certificateMappings.remove': growing(
    mustChange(
      db,
      'certificateMappings.remove',
      'DELETE FROM CertificateMapping WHERE id = ? AND accountId = ? AND region = ?',
    ),
  ),
})

/** An insertion after which there may be no more than its first value says; whose, says the value at `place`. */
function atMost(
  db: Database,
  subject: string,
  add: Apply,
  { sql, place }: { readonly sql: string; readonly place: number },
): Apply {
  const count = db.prepare(sql).pluck()
  return (most, ...values) => {
    add(...values)
    if ((count.get(values[place]) as number) > (most as number)) throw new Conflict('refused', subject)
  }
}
