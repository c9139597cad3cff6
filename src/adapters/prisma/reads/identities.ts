import type { Database } from 'better-sqlite3'
import type {
  AssumableRole,
  AttachedPolicy,
  Group,
  Holder,
  HolderKind,
  ManagedPolicy,
  PolicyVersion,
  Tags,
  User,
} from '../../../core/domain/identities.ts'
import type { AccountId, GroupId, PolicyId, RoleId, UserId } from '../../../core/domain/ids.ts'
import type { Page, PageRequest } from '../../../core/ports/page.ts'
import type { IdentityReads } from '../../../core/ports/identity-store.ts'
import { administratorOf } from '../administrators.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { pageInOrder } from './pages.ts'

type UserRow = Raw<models.UserModel>
type GroupRow = Raw<models.UserGroupModel>
type RoleRow = Raw<models.RoleModel>
type PolicyRow = Raw<models.ManagedPolicyModel>
type VersionRow = Raw<models.PolicyVersionModel>

/** Reads about who there is in an account, and what they may. */
export function identityReads(db: Database): IdentityReads {
  const any = administratorOf(db)
  return {
    users: userReads(db),
    groups: groupReads(db),
    roles: roleReads(db),
    managedPolicies: policyReads(db),
    attachments: attachmentReads(db),
    administrators: { any: async (account, now) => any(account, now) },
  }
}

/** By name and in order of names, as all four kinds are read. */
function named<Row extends { readonly name: string }, T>(db: Database, table: string, map: (row: Row) => T) {
  const get = db.prepare(`SELECT * FROM ${table} WHERE accountId = ? AND name = ?`)
  const list = db.prepare(`SELECT * FROM ${table} WHERE accountId = ? AND name > ? ORDER BY name LIMIT ?`)
  return {
    get: async (account: AccountId, name: string): Promise<T | undefined> =>
      optional(get.get(account, name) as Row | undefined, map),
    list: async (account: AccountId, page: PageRequest): Promise<Page<T>> =>
      pageInOrder(
        page,
        table,
        (after, limit) => list.all(account, after, limit) as Row[],
        (row) => row.name,
        map,
      ),
  }
}

function userReads(db: Database): IdentityReads['users'] {
  const byId = db.prepare('SELECT * FROM User WHERE id = ?')
  const groups = db.prepare(
    'SELECT g.* FROM GroupMember m JOIN UserGroup g ON g.id = m.groupId WHERE m.userId = ? ORDER BY g.name',
  )
  return {
    ...named<UserRow, User>(db, 'User', userFrom),
    byId: async (id) => optional(byId.get(id) as UserRow | undefined, userFrom),
    groups: async (user) => (groups.all(user) as GroupRow[]).map(groupFrom),
  }
}

function groupReads(db: Database): IdentityReads['groups'] {
  const members = db.prepare(
    `SELECT u.* FROM GroupMember m JOIN User u ON u.id = m.userId
       WHERE m.groupId = ? AND u.name > ? ORDER BY u.name LIMIT ?`,
  )
  return {
    ...named<GroupRow, Group>(db, 'UserGroup', groupFrom),
    members: async (group, page) =>
      pageInOrder(
        page,
        'members',
        (after, limit) => members.all(group, after, limit) as UserRow[],
        (row) => row.name,
        userFrom,
      ),
  }
}

function roleReads(db: Database): IdentityReads['roles'] {
  const byId = db.prepare('SELECT * FROM Role WHERE id = ?')
  return {
    ...named<RoleRow, AssumableRole>(db, 'Role', roleFrom),
    byId: async (id) => optional(byId.get(id) as RoleRow | undefined, roleFrom),
  }
}

function policyReads(db: Database): IdentityReads['managedPolicies'] {
  const version = db.prepare('SELECT * FROM PolicyVersion WHERE policyId = ? AND number = ?')
  const versions = db.prepare('SELECT * FROM PolicyVersion WHERE policyId = ? ORDER BY number DESC')
  const standing = db.prepare(
    `SELECT p.id, p.name, v.document FROM ManagedPolicy p
       JOIN PolicyVersion v ON v.policyId = p.id AND v.number = p.defaultVersion WHERE p.id = ?`,
  )
  return {
    ...named<PolicyRow, ManagedPolicy>(db, 'ManagedPolicy', policyFrom),
    version: async (policy, number) =>
      optional(version.get(policy, number) as VersionRow | undefined, versionFrom),
    versions: async (policy) => (versions.all(policy) as VersionRow[]).map(versionFrom),
    standing: async (policy) => standing.get(policy) as AttachedPolicy | undefined,
  }
}

type AttachedRow = {
  readonly id: PolicyId
  readonly name: string | null
  readonly document: string | null
}
type HolderRow = { readonly kind: HolderKind; readonly id: Holder['id']; readonly name: string }

function attachmentReads(db: Database): IdentityReads['attachments'] {
  const attached = (holders: string) =>
    db.prepare(
      `SELECT DISTINCT a.policyId AS id, p.name, v.document FROM PolicyAttachment a
         LEFT JOIN ManagedPolicy p ON p.id = a.policyId
         LEFT JOIN PolicyVersion v ON v.policyId = p.id AND v.number = p.defaultVersion
         WHERE a.holderId ${holders} ORDER BY ifnull(p.name, a.policyId)`,
    )
  const own = attached('= ?')
  const throughGroups = attached('IN (SELECT ? UNION SELECT groupId FROM GroupMember WHERE userId = ?)')
  // Every holder is of one account; a built-in policy's are of any.
  const holders = db.prepare(
    `SELECT a.kind, a.holderId AS id, coalesce(u.name, g.name, r.name) AS name FROM PolicyAttachment a
       LEFT JOIN User u ON u.id = a.holderId LEFT JOIN UserGroup g ON g.id = a.holderId
       LEFT JOIN Role r ON r.id = a.holderId
       WHERE a.policyId = ? AND coalesce(u.accountId, g.accountId, r.accountId) = ? AND a.holderId > ?
       ORDER BY a.holderId LIMIT ?`,
  )
  return {
    of: async (holder, withGroups) =>
      ((withGroups ? throughGroups.all(holder, holder) : own.all(holder)) as AttachedRow[]).map(
        ({ id, name, document }) => ({ id, name: name ?? id, document: document ?? undefined }),
      ),
    holders: async (account, policy, page) =>
      pageInOrder(
        page,
        'holders',
        (after, limit) => holders.all(policy, account, after, limit) as HolderRow[],
        (row) => row.id,
        (row) => row,
      ),
  }
}

const optional = <Row, T>(row: Row | undefined, map: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : map(row)

const userFrom = (row: UserRow): User => ({
  id: row.id as UserId,
  account: row.accountId as AccountId,
  name: row.name,
  boundary: (row.boundary ?? undefined) as PolicyId | undefined,
  tags: JSON.parse(row.tags) as Tags,
  createdAt: row.createdAt,
})

const groupFrom = (row: GroupRow): Group => ({
  id: row.id as GroupId,
  account: row.accountId as AccountId,
  name: row.name,
  createdAt: row.createdAt,
})

const roleFrom = (row: RoleRow): AssumableRole => ({
  id: row.id as RoleId,
  account: row.accountId as AccountId,
  name: row.name,
  description: row.description,
  trust: row.trust,
  maxSessionSeconds: row.maxSessionSeconds,
  boundary: (row.boundary ?? undefined) as PolicyId | undefined,
  tags: JSON.parse(row.tags) as Tags,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const policyFrom = (row: PolicyRow): ManagedPolicy => ({
  id: row.id as PolicyId,
  account: row.accountId as AccountId,
  name: row.name,
  description: row.description,
  defaultVersion: row.defaultVersion,
  latestVersion: row.latestVersion,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const versionFrom = (row: VersionRow): PolicyVersion => ({
  policy: row.policyId as PolicyId,
  number: row.number,
  document: row.document,
  createdAt: row.createdAt,
})
