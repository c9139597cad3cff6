import type { Database } from 'better-sqlite3'
import { IN_DEVICE, type Kek } from '../../../core/domain/keys.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { keyFrom, type KeyRow } from '../rows.ts'

/** Rows counted at a time: about a millisecond of the thread that also answers requests. */
const COUNTED = 20_000

/** Reads of sealed keys; those by key-encryption key go by the index of that name, which holds the rowid too. */
export function keyReads(db: Database): Reads['keys'] {
  const get = db.prepare('SELECT * FROM Key WHERE id = ?')
  const wrappedBy = 'provider = ? AND kekId = ? AND kekVersion = ?'
  const next = db.prepare(
    `SELECT provider, kekId, kekVersion FROM Key WHERE (provider, kekId, kekVersion) > (?, ?, ?)
       AND kekVersion <> ${IN_DEVICE}
       ORDER BY provider, kekId, kekVersion LIMIT 1`,
  )
  const counted = db.prepare(
    `SELECT COUNT(*) AS rows, MAX(rowid) AS last FROM
       (SELECT rowid FROM Key WHERE ${wrappedBy} AND rowid > ? ORDER BY rowid LIMIT ${COUNTED})`,
  )
  const under = db.prepare(
    `SELECT rowid AS sequence, * FROM Key WHERE ${wrappedBy} AND rowid > ? ORDER BY rowid LIMIT ?`,
  )
  const valuesOf = ({ provider, kekId, kekVersion }: Kek) => [provider, kekId, kekVersion] as const
  return {
    get: async (id) => {
      const row = get.get(id) as KeyRow | undefined
      return row === undefined ? undefined : keyFrom(row)
    },
    // From one to the next in the index: there are few, whatever the number of keys.
    keks: async () => {
      const found: Kek[] = []
      for (let kek: Kek | undefined = { provider: '', kekId: '', kekVersion: 0 }; ; found.push(kek)) {
        kek = next.get(...valuesOf(kek)) as Kek | undefined
        if (kek === undefined) return found
      }
    },
    count: async (kek) => {
      let [total, after] = [0, 0]
      for (;;) {
        const { rows, last } = counted.get(...valuesOf(kek), after) as { rows: number; last: number | null }
        total += rows
        if (rows < COUNTED || last === null) return total
        after = last
        await new Promise((resolve) => setImmediate(resolve))
      }
    },
    under: async (kek, after, limit) =>
      (under.all(...valuesOf(kek), after, limit) as (KeyRow & { sequence: number })[]).map((row) => ({
        sequence: row.sequence,
        key: keyFrom(row),
      })),
  }
}
