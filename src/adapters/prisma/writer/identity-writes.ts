import type { Database } from 'better-sqlite3'
import { policyWrites } from './managed-policy-writes.ts'
import { Conflict, insert, mustChange, type Apply, type WritesByName } from './makers.ts'
import { changeWhere, insertWhere } from './numbered.ts'

/** Columns of a role that somebody can change; `changing` in ../identity-writes.ts gives their values in this order. */
const ROLE_CHANGING = ['description', 'trust', 'maxSessionSeconds', 'boundary', 'tags', 'updatedAt'] as const

/** Whether a boundary of an account is there: none, one of the account's policies, or a built-in, which has no prefix. */
export const boundaryThere = (boundary: string, account: string): string =>
  `(${boundary} IS NULL OR ${boundary} NOT LIKE 'ANPA%' OR
     EXISTS (SELECT 1 FROM ManagedPolicy WHERE id = ${boundary} AND accountId = ${account}))`

/** Writes about users, groups, roles and their policies. `growing`: every process looks again. */
export function identityWrites(db: Database, growing: (apply: Apply) => Apply): WritesByName {
  const writes: WritesByName = {
    ...userWrites(db),
    ...groupWrites(db),
    ...roleWrites(db),
    ...policyWrites(db),
  }
  return Object.fromEntries(Object.entries(writes).map(([name, apply]) => [name, growing(apply)]))
}

function userWrites(db: Database): WritesByName {
  const remove = mustChange(db, 'users.remove', 'DELETE FROM User WHERE id = ?')
  const left = removing(db, [
    "DELETE FROM Key WHERE purpose = 'access-key' AND id IN (SELECT secretId FROM AccessKey WHERE userId = ?)",
    'DELETE FROM AccessKey WHERE userId = ?',
    'DELETE FROM GroupMember WHERE userId = ?',
    'DELETE FROM PolicyAttachment WHERE holderId = ?',
  ])
  const revoke = db.prepare('UPDATE Token SET revokedAt = ? WHERE userId = ? AND revokedAt IS NULL')
  return {
    'users.add': insertWhere(
      db,
      'users.add',
      `INSERT INTO User (id, accountId, name, boundary, tags, createdAt)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE ${boundaryThere('?4', '?7')}`,
    ),
    'users.update': changeWhere(
      db,
      'users.update',
      `UPDATE User SET boundary = ?1, tags = ?2 WHERE id = ?3 AND ${boundaryThere('?1', '?4')}`,
    ),
    'users.remove': (id, at) => {
      remove(id)
      left(id)
      revoke.run(at, id)
    },
  }
}

function groupWrites(db: Database): WritesByName {
  const remove = mustChange(db, 'groups.remove', 'DELETE FROM UserGroup WHERE id = ?')
  const left = removing(db, [
    'DELETE FROM GroupMember WHERE groupId = ?',
    'DELETE FROM PolicyAttachment WHERE holderId = ?',
  ])
  const groups = db.prepare('SELECT COUNT(*) FROM GroupMember WHERE userId = ?').pluck()
  const join = insertWhere(
    db,
    'groups.addMember',
    `INSERT INTO GroupMember (userId, groupId) SELECT u.id, g.id FROM User u, UserGroup g
       WHERE u.id = ?1 AND g.id = ?2 AND g.accountId = u.accountId`,
  )
  return {
    'groups.add': insert(db, 'groups.add', 'UserGroup', 'id, accountId, name, createdAt'),
    'groups.remove': (id) => {
      remove(id)
      left(id)
    },
    'groups.addMember': (user, group, most) => {
      join(user, group)
      if ((groups.get(user) as number) > (most as number)) throw new Conflict('refused', 'groups.addMember')
    },
    'groups.removeMember': mustChange(
      db,
      'groups.removeMember',
      'DELETE FROM GroupMember WHERE userId = ? AND groupId = ?',
    ),
  }
}

function roleWrites(db: Database): WritesByName {
  const remove = mustChange(db, 'roles.remove', 'DELETE FROM Role WHERE id = ?')
  const left = removing(db, [
    "DELETE FROM Key WHERE purpose = 'access-key' AND id IN (SELECT secretId FROM AccessKey WHERE roleId = ?)",
    'DELETE FROM AccessKey WHERE roleId = ?',
    'DELETE FROM PolicyAttachment WHERE holderId = ?',
  ])
  const revoke = db.prepare('UPDATE Token SET revokedAt = ? WHERE roleId = ? AND revokedAt IS NULL')
  // In ROLE_CHANGING's order from the fifth, or the fourth, value on.
  const add = ROLE_CHANGING.map((_, index) => `?${index + 5}`).join(', ')
  const set = ROLE_CHANGING.map((column, index) => `${column} = ?${index + 4}`).join(', ')
  return {
    'roles.add': insertWhere(
      db,
      'roles.add',
      `INSERT INTO Role (id, accountId, name, createdAt, ${ROLE_CHANGING.join(', ')})
         SELECT ?1, ?2, ?3, ?4, ${add} WHERE ${boundaryThere('?8', '?2')}`,
    ),
    'roles.update': changeWhere(
      db,
      'roles.update',
      `UPDATE Role SET ${set} WHERE id = ?1 AND updatedAt = ?3 AND ${boundaryThere('?7', '?2')}`,
    ),
    'roles.remove': (id, at) => {
      remove(id)
      left(id)
      revoke.run(at, id)
    },
  }
}

/** Statements with one and the same value. */
function removing(db: Database, sql: readonly string[]): (id: Parameters<Apply>[0]) => void {
  const statements = sql.map((text) => db.prepare(text))
  return (id) => {
    for (const statement of statements) statement.run(id)
  }
}
