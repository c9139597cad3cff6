import type { Database } from 'better-sqlite3'
import type { Reads } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import { profileFrom, type ProfileRow } from '../rows.ts'

/** Reads about profiles: one by its name is on the issuing path. */
export function profileReads(db: Database): Reads['profiles'] {
  const place = 'accountId = ? AND region = ?'
  const byName = db.prepare(`SELECT * FROM Profile WHERE ${place} AND name = ?`)
  const list = db.prepare(`SELECT * FROM Profile WHERE ${place} AND name > ? ORDER BY name LIMIT ?`)
  const namedBy = db
    .prepare(
      `SELECT DISTINCT a.name FROM Authority a, json_each(a.allowedProfiles) n
         WHERE ${place} AND a.allowedProfiles IS NOT NULL AND n.value = ? ORDER BY a.name LIMIT 10`,
    )
    .pluck()
  return {
    byName: async ({ account, region }, name) => {
      const row = byName.get(account, region, name) as ProfileRow | undefined
      return row === undefined ? undefined : profileFrom(row)
    },
    list: async ({ account, region }, page) => {
      const after = page.after === undefined ? '' : positionIn(page.after, 'profiles', 'string')[0]
      const rows = list.all(account, region, after, page.limit + 1) as ProfileRow[]
      const items = rows.slice(0, page.limit).map(profileFrom)
      const last = items.at(-1)
      return {
        items,
        next: rows.length > page.limit && last !== undefined ? cursorOf('profiles', last.name) : undefined,
      }
    },
    namedBy: async ({ account, region }, name) => namedBy.all(account, region, name) as string[],
  }
}
