import type { Database } from 'better-sqlite3'
import type { AccountId, Region } from '../../../core/domain/ids.ts'
import type { Stack, StackStatus } from '../../../core/domain/stacks.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type StackRow = Raw<models.StackModel>

/** Reads about stacks. */
export function stackReads(db: Database): Pick<Reads, 'stacks'> {
  const place = 'accountId = ? AND region = ?'
  const byName = db.prepare(`SELECT * FROM Stack WHERE ${place} AND name = ?`)
  const list = db.prepare(`SELECT * FROM Stack WHERE ${place} AND name > ? ORDER BY name LIMIT ?`)
  return {
    stacks: {
      byName: async ({ account, region }, name) => {
        const row = byName.get(account, region, name) as StackRow | undefined
        return row === undefined ? undefined : stackFrom(row)
      },
      list: async ({ account, region }, page) => {
        const after = page.after === undefined ? '' : positionIn(page.after, 'stacks', 'string')[0]
        const rows = list.all(account, region, after, page.limit + 1) as StackRow[]
        const items = rows.slice(0, page.limit).map(stackFrom)
        const last = items.at(-1)
        const more = rows.length > page.limit && last !== undefined
        return { items, next: more ? cursorOf('stacks', last.name) : undefined }
      },
    },
  }
}

const stackFrom = (row: StackRow): Stack => ({
  id: row.id,
  account: row.accountId as AccountId,
  region: row.region as Region,
  name: row.name,
  revision: row.revision,
  status: row.status as StackStatus,
  description: row.description ?? undefined,
  document: JSON.parse(row.document) as Stack['document'],
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})
