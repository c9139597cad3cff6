import type { Database } from 'better-sqlite3'
import type { CompromisedKey, SpkiHash } from '../../../core/domain/compromised-keys.ts'
import type { AccountId } from '../../../core/domain/ids.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { hexBlob } from '../wire-values.ts'

type Row = Raw<models.CompromisedKeyModel>

/** Reads about compromised keys, prepared SQL: one of them stands before each import of a key. */
export function compromisedKeyReads(db: Database): Reads['compromisedKeys'] {
  const refuses = db.prepare(
    'SELECT 1 FROM CompromisedKey WHERE spkiSha256 = ? AND (everywhere = 1 OR accountId = ?)',
  )
  const get = db.prepare(
    'SELECT * FROM CompromisedKey WHERE spkiSha256 = ? AND (? IS NULL OR accountId = ?) ORDER BY id LIMIT 1',
  )
  const page = (where: string) =>
    db.prepare(`SELECT * FROM CompromisedKey WHERE ${where} id < ? ORDER BY id DESC LIMIT ?`)
  const ofAccount = page('accountId = ? AND')
  const ofAll = page('')
  const unsettled = db.prepare('SELECT * FROM CompromisedKey WHERE settledAt IS NULL LIMIT ?')
  const ofFile = db.prepare(
    "SELECT spkiSha256 FROM CompromisedKey WHERE spkiSha256 > ? AND source = 'file' ORDER BY spkiSha256 LIMIT ?",
  )
  return {
    refuses: async (account, spki) => refuses.get(hexBlob(spki), account) !== undefined,
    get: async (spki, account) => {
      const row = get.get(hexBlob(spki), account ?? null, account ?? null) as Row | undefined
      return row === undefined ? undefined : keyFrom(row)
    },
    list: async (account, { limit, after }) => {
      const [below] =
        after === undefined ? [Number.MAX_SAFE_INTEGER] : positionIn(after, 'compromised', 'number')
      const rows = (
        account === undefined ? ofAll.all(below, limit + 1) : ofAccount.all(account, below, limit + 1)
      ) as Row[]
      const last = rows.length > limit ? rows[limit - 1] : undefined
      return {
        items: rows.slice(0, limit).map(keyFrom),
        next: last === undefined ? undefined : cursorOf('compromised', last.id),
      }
    },
    unsettled: async (limit) => (unsettled.all(limit) as Row[]).map(keyFrom),
    ofFile: async (after, limit) =>
      (ofFile.all(hexBlob(after ?? ''), limit) as Pick<Row, 'spkiSha256'>[]).map(hashIn),
  }
}

const hashIn = ({ spkiSha256 }: Pick<Row, 'spkiSha256'>): SpkiHash =>
  Buffer.from(spkiSha256).toString('hex') as SpkiHash

const keyFrom = (row: Row): CompromisedKey => ({
  spki: hashIn(row),
  account: row.accountId as AccountId,
  everywhere: row.everywhere === 1,
  source: row.source as CompromisedKey['source'],
  note: row.note ?? undefined,
  markedBy: row.markedBy,
  createdAt: row.createdAt,
  settledAt: row.settledAt ?? undefined,
})
