import type { Database } from 'better-sqlite3'
import type { Organization } from '../../../core/domain/identities.ts'
import type { AccountId, OrganizationId } from '../../../core/domain/ids.ts'
import type { OrganizationReads } from '../../../core/ports/organization-store.ts'
import type * as models from '../generated/models.ts'
import { accountFrom, type AccountRow, type Raw } from '../rows.ts'
import { pageInOrder } from './pages.ts'

type OrganizationRow = Raw<models.OrganizationModel>

/** Reads about the organization, and which accounts are in it. */
export function organizationReads(db: Database): OrganizationReads {
  const of = db.prepare(
    'SELECT o.* FROM Account a JOIN Organization o ON o.id = a.organizationId WHERE a.id = ?',
  )
  const one = db.prepare('SELECT * FROM Organization LIMIT 1')
  const accounts = db.prepare('SELECT * FROM Account WHERE organizationId = ? AND id > ? ORDER BY id LIMIT ?')
  const from = (row: unknown): Organization | undefined =>
    row === undefined ? undefined : organizationFrom(row as OrganizationRow)
  return {
    organization: {
      of: async (account) => from(of.get(account)),
      get: async () => from(one.get()),
      accounts: async (id, page) =>
        pageInOrder(
          page,
          'organization',
          (after, limit) => accounts.all(id, after, limit) as AccountRow[],
          (row) => row.id,
          (row) => ({ ...accountFrom(row), joinedAt: row.joinedAt ?? row.createdAt }),
        ),
    },
  }
}

const organizationFrom = (row: OrganizationRow): Organization => ({
  id: row.id as OrganizationId,
  managementAccount: row.managementAccountId as AccountId,
  createdAt: row.createdAt,
})
