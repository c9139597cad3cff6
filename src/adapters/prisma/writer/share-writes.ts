import type { Database } from 'better-sqlite3'
import { insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about what accounts lend to one another. `growing`: every process looks again. */
export const shareWrites = (db: Database, growing: (apply: Apply) => Apply): WritesByName => ({
  ...sharesThemselves(db, growing),
  ...invitationWrites(db, growing),
  ...permissionWrites(db, growing),
  'authorityPolicies.put': growing(
    mayChange(
      db,
      `INSERT INTO AuthorityPolicy (authorityId, policy, createdAt, updatedAt) VALUES (?, ?, ?, ?)
         ON CONFLICT (authorityId) DO UPDATE SET policy = excluded.policy, updatedAt = excluded.updatedAt`,
    ),
  ),
  'authorityPolicies.remove': growing(mayChange(db, 'DELETE FROM AuthorityPolicy WHERE authorityId = ?')),
  'servicePermissions.set': growing(
    mustChange(db, 'servicePermissions.set', 'UPDATE Authority SET servicePermission = ? WHERE id = ?'),
  ),
})

function sharesThemselves(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const remove = mustChange(db, 'shares.remove', 'DELETE FROM ResourceShare WHERE id = ?')
  const parts = ['SharedAuthority', 'SharePrincipal', 'ShareInvitation'].map((table) =>
    mayChange(db, `DELETE FROM ${table} WHERE shareId = ?`),
  )
  const one = (name: string, sql: string) => ({ [name]: growing(mayChange(db, sql)) })
  return {
    // What nobody has can't be cached; so can a principal's or an authority's first mention not be left out.
    'shares.add': insert(
      db,
      'shares.add',
      'ResourceShare',
      'id, accountId, region, name, revision, external, permission, permissionVersion, tags, createdAt, updatedAt',
    ),
    'shares.replace': growing(
      mustChange(
        db,
        'shares.replace',
        `UPDATE ResourceShare SET name = ?, external = ?, permission = ?, permissionVersion = ?, tags = ?,
           updatedAt = ?, revision = ? WHERE id = ? AND revision = ?`,
      ),
    ),
    'shares.remove': growing((id) => {
      remove(id)
      for (const part of parts) part(id)
    }),
    // The update that changes nothing tells whether the share, and nothing else, is there.
    'shares.addAuthority': growing(
      mustChange(
        db,
        'shares.addAuthority',
        `INSERT INTO SharedAuthority (shareId, authorityId, createdAt) SELECT id, ?, ? FROM ResourceShare WHERE id = ?
           ON CONFLICT DO UPDATE SET createdAt = createdAt`,
      ),
    ),
    'shares.addPrincipal': growing(
      mustChange(
        db,
        'shares.addPrincipal',
        `INSERT INTO SharePrincipal (shareId, principal, accountId, organizationId, createdAt)
           SELECT id, ?, ?, ?, ? FROM ResourceShare WHERE id = ? ON CONFLICT DO UPDATE SET createdAt = createdAt`,
      ),
    ),
    ...one('shares.removeAuthority', 'DELETE FROM SharedAuthority WHERE shareId = ? AND authorityId = ?'),
    ...one('shares.removeAuthorityEverywhere', 'DELETE FROM SharedAuthority WHERE authorityId = ?'),
    ...one('shares.removePrincipal', 'DELETE FROM SharePrincipal WHERE shareId = ? AND principal = ?'),
    ...one('shares.removeAccount', 'DELETE FROM SharePrincipal WHERE shareId = ? AND accountId = ?'),
  }
}

const invitationWrites = (db: Database, growing: (apply: Apply) => Apply): WritesByName => ({
  'shareInvitations.add': invite(db),
  'shareInvitations.decide': growing(
    mustChange(
      db,
      'shareInvitations.decide',
      "UPDATE ShareInvitation SET status = ?, decidedAt = ? WHERE id = ? AND status = 'PENDING'",
    ),
  ),
  'shareInvitations.end': growing(
    mayChange(
      db,
      `UPDATE ShareInvitation SET status = 'ENDED', decidedAt = ?
         WHERE shareId = ? AND accountId = ? AND status IN ('PENDING', 'ACCEPTED')`,
    ),
  ),
})

/** Unless one stands; one that has expired gives way. */
function invite(db: Database): Apply {
  const expire = mayChange(
    db,
    `UPDATE ShareInvitation SET status = 'ENDED', decidedAt = expiresAt
       WHERE shareId = ? AND accountId = ? AND status = 'PENDING' AND expiresAt <= ?`,
  )
  const add = mayChange(
    db,
    `INSERT INTO ShareInvitation (id, shareId, shareName, senderId, accountId, region, status, createdAt, expiresAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  )
  return (...values) => {
    const [, share = null, , , account = null, , , createdAt = null] = values
    expire(share, account, createdAt)
    add(...values)
  }
}

function permissionWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const add = insert(
    db,
    'sharePermissions.add',
    'SharePermission',
    'id, accountId, region, name, defaultVersion, lastVersion, createdAt, updatedAt',
  )
  const addVersion = insert(
    db,
    'sharePermissions.addVersion',
    'SharePermissionVersion',
    'permissionId, version, actions, templates, createdAt',
  )
  const next = mustChange(
    db,
    'sharePermissions.addVersion',
    `UPDATE SharePermission SET lastVersion = ?, defaultVersion = ?, updatedAt = ?
       WHERE id = ? AND lastVersion = ? - 1`,
  )
  const remove = mustChange(
    db,
    'sharePermissions.remove',
    `DELETE FROM SharePermission WHERE id = ?
       AND NOT EXISTS (SELECT 1 FROM ResourceShare s WHERE s.permission = SharePermission.id)`,
  )
  const removeVersions = mayChange(db, 'DELETE FROM SharePermissionVersion WHERE permissionId = ?')
  return {
    'sharePermissions.add': add,
    'sharePermissions.addVersion': (...values) => {
      const [id = null, version = null, , , at = null] = values
      next(version, version, at, id, version)
      addVersion(...values)
    },
    'sharePermissions.setDefault': mustChange(
      db,
      'sharePermissions.setDefault',
      `UPDATE SharePermission SET defaultVersion = ?, updatedAt = ? WHERE id = ? AND EXISTS
         (SELECT 1 FROM SharePermissionVersion v WHERE v.permissionId = SharePermission.id AND v.version = ?)`,
    ),
    'sharePermissions.removeVersion': mustChange(
      db,
      'sharePermissions.removeVersion',
      `DELETE FROM SharePermissionVersion AS v WHERE v.permissionId = ? AND v.version = ?
         AND NOT EXISTS (SELECT 1 FROM SharePermission p WHERE p.id = v.permissionId AND p.defaultVersion = v.version)
         AND NOT EXISTS (SELECT 1 FROM ResourceShare s
           WHERE s.permission = v.permissionId AND s.permissionVersion = v.version)`,
    ),
    'sharePermissions.remove': growing((id) => {
      remove(id)
      removeVersions(id)
    }),
  }
}
