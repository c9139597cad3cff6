import type { Database } from 'better-sqlite3'
import type { AccountId, AuthorityId, Region } from '../../../core/domain/ids.ts'
import type {
  ShareableAction,
  SharePermission,
  SharePermissionVersion,
} from '../../../core/domain/share-permissions.ts'
import type { ShareReads } from '../../../core/ports/share-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type PermissionRow = Raw<models.SharePermissionModel>
type VersionRow = Raw<models.SharePermissionVersionModel>
type PolicyRow = Raw<models.AuthorityPolicyModel>

/** Reads about permissions of accounts' own, and about authorities' policies. */
export function permissionReads(db: Database): Pick<ShareReads, 'sharePermissions' | 'authorityPolicies'> {
  const place = 'accountId = ? AND region = ?'
  const byName = db.prepare(`SELECT * FROM SharePermission WHERE ${place} AND name = ?`)
  const byId = db.prepare('SELECT * FROM SharePermission WHERE id = ?')
  const list = db.prepare(`SELECT * FROM SharePermission WHERE ${place} AND name > ? ORDER BY name LIMIT ?`)
  const count = db.prepare(`SELECT count(*) FROM SharePermission WHERE ${place}`).pluck()
  const version = db.prepare('SELECT * FROM SharePermissionVersion WHERE permissionId = ? AND version = ?')
  const versions = db.prepare(
    'SELECT * FROM SharePermissionVersion WHERE permissionId = ? ORDER BY version DESC',
  )
  const policy = db.prepare('SELECT * FROM AuthorityPolicy WHERE authorityId = ?')
  return {
    sharePermissions: {
      byName: async ({ account, region }, name) =>
        optional(byName.get(account, region, name) as PermissionRow | undefined, permissionFrom),
      byId: async (id) => optional(byId.get(id) as PermissionRow | undefined, permissionFrom),
      list: async ({ account, region }, page) => {
        const after = page.after === undefined ? '' : positionIn(page.after, 'permissions', 'string')[0]
        const rows = list.all(account, region, after, page.limit + 1) as PermissionRow[]
        const items = rows.slice(0, page.limit).map(permissionFrom)
        const last = items.at(-1)
        const more = rows.length > page.limit && last !== undefined
        return { items, next: more ? cursorOf('permissions', last.name) : undefined }
      },
      count: async ({ account, region }) => count.get(account, region) as number,
      version: async (id, number) => optional(version.get(id, number) as VersionRow | undefined, versionFrom),
      versions: async (id) => (versions.all(id) as VersionRow[]).map(versionFrom),
    },
    authorityPolicies: {
      get: async (authority) =>
        optional(policy.get(authority) as PolicyRow | undefined, (row) => ({
          ...row,
          authority: row.authorityId as AuthorityId,
        })),
    },
  }
}

const optional = <Row, T>(row: Row | undefined, map: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : map(row)

const permissionFrom = (row: PermissionRow): SharePermission => ({
  id: row.id,
  account: row.accountId as AccountId,
  region: row.region as Region,
  name: row.name,
  defaultVersion: row.defaultVersion,
  lastVersion: row.lastVersion,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const versionFrom = (row: VersionRow): SharePermissionVersion => ({
  permission: row.permissionId,
  version: row.version,
  actions: JSON.parse(row.actions) as ShareableAction[],
  templates: row.templates === null ? undefined : (JSON.parse(row.templates) as string[]),
  createdAt: row.createdAt,
})
