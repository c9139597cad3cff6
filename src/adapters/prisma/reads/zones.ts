import type { Database, Statement } from 'better-sqlite3'
import type { DnsFault, DnsFaultKind } from '../../../core/domain/dns-faults.ts'
import { ancestry, reversedName } from '../../../core/domain/dns-names.ts'
import type { AccountId } from '../../../core/domain/ids.ts'
import type { RecordSet, Zone, ZoneData, ZoneRecordType } from '../../../core/domain/zones.ts'
import type { PageRequest } from '../../../core/ports/page.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { EVERYBODY } from '../zone-writes.ts'

type ZoneRow = Raw<models.ZoneModel>
type SetRow = Raw<models.ZoneRecordSetModel>

/** Reads about the simulated DNS: a question is answered by a handful of them. */
export function zoneReads(db: Database): Pick<Reads, 'zones' | 'dnsFaults'> {
  const byApex = db.prepare('SELECT * FROM Zone WHERE apex = ?')
  const list = db.prepare('SELECT * FROM Zone WHERE accountId = ? AND apex > ? ORDER BY apex LIMIT ?')
  const faults = db.prepare('SELECT * FROM DnsFault ORDER BY rowid')
  const zoneAt = (apex: string): ZoneRow | undefined => byApex.get(apex) as ZoneRow | undefined
  return {
    zones: {
      get: async (account, apex) => {
        const row = zoneAt(apex)
        return row === undefined || row.accountId !== account ? undefined : zoneFrom(row)
      },
      containing: async (name) => {
        for (const each of ancestry(name)) {
          const row = zoneAt(each)
          if (row !== undefined) return zoneFrom(row)
        }
        return undefined
      },
      list: async (account, page) => {
        const after = page.after === undefined ? '' : positionIn(page.after, 'zones', 'string')[0]
        const rows = list.all(account, after, page.limit + 1) as ZoneRow[]
        const items = rows.slice(0, page.limit).map(zoneFrom)
        const last = items.at(-1)
        const more = rows.length > page.limit && last !== undefined
        return { items, next: more ? cursorOf('zones', last.apex) : undefined }
      },
      ...setReads(db),
    },
    dnsFaults: { all: async () => (faults.all() as Raw<models.DnsFaultModel>[]).map(faultFrom) },
  }
}

function setReads(db: Database): Pick<Reads['zones'], 'node' | 'sets'> {
  const at = db.prepare(
    'SELECT * FROM ZoneRecordSet WHERE apex = ? AND path = ? AND perspective IN (?, ?) ORDER BY type, perspective',
  )
  // What lies below: a dot follows, and `/` is the character after the dot.
  const below = db.prepare(
    `SELECT 1 FROM ZoneRecordSet WHERE apex = ? AND path >= ? || '.' AND path < ? || '/' AND perspective IN (?, ?) LIMIT 1`,
  )
  const [whole, named] = ['', 'AND path = @path'].map((condition) =>
    db.prepare(
      `SELECT * FROM ZoneRecordSet WHERE apex = @apex ${condition}
         AND (path, type, perspective) > (@afterPath, @afterType, @afterPerspective)
         ORDER BY path, type, perspective LIMIT @limit`,
    ),
  ) as [Statement, Statement]
  return {
    node: async (apex, name, perspective = EVERYBODY) => {
      const path = reversedName(name)
      const rows = at.all(apex, path, EVERYBODY, perspective) as SetRow[]
      // One that has sets of its own here sees those alone.
      const own = rows.filter((row) => row.perspective !== EVERYBODY)
      if (rows.length > 0) return (own.length > 0 ? own : rows).map(setFrom)
      if (name === apex) return []
      return below.get(apex, path, path, EVERYBODY, perspective) === undefined ? undefined : []
    },
    sets: async (apex, name, { after, limit }: PageRequest) => {
      const [afterPath, afterType, afterPerspective] =
        after === undefined ? ['', '', ''] : positionIn(after, 'record-sets', 'string', 'string', 'string')
      const given = { apex, afterPath, afterType, afterPerspective, limit: limit + 1 }
      const rows = (
        name === undefined ? whole.all(given) : named.all({ ...given, path: reversedName(name) })
      ) as SetRow[]
      const last = rows[limit - 1]
      const more = rows.length > limit && last !== undefined
      return {
        items: rows.slice(0, limit).map(setFrom),
        next: more ? cursorOf('record-sets', last.path, last.type, last.perspective) : undefined,
      }
    },
  }
}

const zoneFrom = (row: ZoneRow): Zone => ({
  apex: row.apex,
  account: row.accountId as AccountId,
  createdAt: row.createdAt,
})

const setFrom = (row: SetRow): RecordSet => ({
  apex: row.apex,
  name: reversedName(row.path),
  type: row.type as ZoneRecordType,
  ttl: row.ttl,
  data: JSON.parse(row.data) as ZoneData[],
  perspective: row.perspective === EVERYBODY ? undefined : row.perspective,
})

const faultFrom = (row: Raw<models.DnsFaultModel>): DnsFault => ({
  id: row.id,
  name: row.name,
  below: row.below === 1,
  type: row.type ?? undefined,
  kind: row.kind as DnsFaultKind,
  milliseconds: row.milliseconds ?? undefined,
  remaining: row.remaining ?? undefined,
  perspective: row.perspective ?? undefined,
  createdAt: row.createdAt,
})
