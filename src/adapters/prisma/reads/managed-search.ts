import type { Database } from 'better-sqlite3'
import { ChanceryError } from '../../../core/domain/errors.ts'
import { MOST_SORTED, type ManagedOrder, type ManagedSearch } from '../../../core/ports/managed-search.ts'
import type { ManagedReads } from '../../../core/ports/managed-store.ts'
import type { Page, PageRequest, Place } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import { conditionOf, ORDERS, TRUE, type Sql, type Value } from './managed-conditions.ts'
import { MANAGED_JOINED, managedFrom, SELECT_MANAGED, type ManagedRow } from './managed-rows.ts'

type Found = { readonly id: string; readonly k: string | number }

/** Rows that one page looks at, at most: a filter that few pass gives short pages instead of holding up the event loop. */
const SCAN = 4000
/** Beyond every id. */
const END = '~'

/**
 * Finds managed certificates of one place by any combination of tests. In the order of their making it walks an index
 * and stops after so many rows; any other order sorts what there is, as far as that is little.
 */
export function managedSearch(db: Database): ManagedReads['managed']['search'] {
  // All of a page in one statement: each begins and ends a transaction, which takes longer than reading a row.
  const listed = db.prepare(`${SELECT_MANAGED} WHERE m.id IN (SELECT value FROM json_each(?))`)
  return async (place, search, now, page) => {
    const { order = 'createdAt' } = search
    const found =
      order === 'createdAt'
        ? walked(db, place, search, now, page)
        : sorted(db, place, search, order, now, page)
    const rows = new Map(
      (listed.all(JSON.stringify(found.items)) as ManagedRow[]).map((row) => [row.id, row]),
    )
    const items = found.items.flatMap((id) => rows.get(id) ?? [])
    return { items: items.map(managedFrom), next: found.next }
  }
}

function walked(
  db: Database,
  place: Place,
  search: ManagedSearch,
  now: number,
  page: PageRequest,
): Page<string> {
  const { ascending = false, criterion } = search
  const name = `managed-search/${ascending ? '+' : '-'}`
  const after =
    page.after === undefined ? (ascending ? '' : END) : (positionIn(page.after, name, 'string')[0] as string)
  const walk = walkOf(place, search.keyAlgorithms, after, ascending)
  const rest = criterion === undefined ? TRUE : conditionOf(criterion)
  const direction = ascending ? 'ASC' : 'DESC'
  for (const scan of [page.limit + 1, SCAN]) {
    const ids = rows(
      db,
      `SELECT m.id FROM (${walk.sql} LIMIT ${Math.max(scan, page.limit + 1)}) w CROSS JOIN ${MANAGED_JOINED.replace(
        'ManagedCertificate m',
        'ManagedCertificate m ON m.id = w.id',
      )} WHERE ${rest.sql} ORDER BY w.id ${direction} LIMIT ${page.limit + 1}`,
      [...walk.values, ...rest.values],
      now,
    ).map(({ id }) => id)
    if (ids.length > page.limit) {
      const items = ids.slice(0, page.limit)
      return { items, next: cursorOf(name, items.at(-1) ?? '') }
    }
    const [end] = rows(
      db,
      `${walk.sql} LIMIT 1 OFFSET ${Math.max(scan, page.limit + 1) - 1}`,
      walk.values,
      now,
    )
    if (end === undefined) return { items: ids, next: undefined }
    if (scan === SCAN) return { items: ids, next: cursorOf(name, end.id) }
  }
  throw new Error('the last scan always returns')
}

/** Ids in their order, each kind of key from its own index and then merged: none waits for rows of the others. */
function walkOf(
  { account, region }: Place,
  keyAlgorithms: readonly string[] | undefined,
  after: string,
  ascending: boolean,
): Sql {
  const place = `SELECT id FROM ManagedCertificate WHERE accountId = ? AND region = ?`
  const beyond = `id ${ascending ? '>' : '<'} ?`
  const order = `ORDER BY id ${ascending ? 'ASC' : 'DESC'}`
  if (keyAlgorithms === undefined)
    return { sql: `${place} AND ${beyond} ${order}`, values: [account, region, after] }
  const each = [...new Set(keyAlgorithms)]
  return {
    sql: `${each.map(() => `${place} AND keyAlgorithm = ? AND ${beyond}`).join(' UNION ALL ')} ${order}`,
    values: each.flatMap((algorithm) => [account, region, algorithm, after]),
  }
}

function sorted(
  db: Database,
  { account, region }: Place,
  search: ManagedSearch,
  order: Exclude<ManagedOrder, 'createdAt'>,
  now: number,
  page: PageRequest,
): Page<string> {
  const count = db
    .prepare(
      `SELECT count(*) FROM (SELECT 1 FROM ManagedCertificate WHERE accountId = ? AND region = ? LIMIT ?)`,
    )
    .pluck()
    .get(account, region, MOST_SORTED + 1) as number
  if (count > MOST_SORTED) throw tooManyToSort()
  const { ascending = false, criterion, keyAlgorithms } = search
  const name = `managed-search/${order}${ascending ? '+' : '-'}`
  const [text, id] = page.after === undefined ? [] : positionIn(page.after, name, 'string', 'string')
  // SQLite orders numbers before texts.
  const key = `ifnull(${ORDERS[order]}, -1)`
  const tests: Sql[] = [
    { sql: 'm.accountId = ? AND m.region = ?', values: [account, region] },
    criterion === undefined ? TRUE : conditionOf(criterion),
    keyAlgorithms === undefined ? TRUE : amongst('m.keyAlgorithm', keyAlgorithms),
    text === undefined || id === undefined
      ? TRUE
      : {
          sql: `(${key}, m.id) ${ascending ? '>' : '<'} (?, ?)`,
          values: [keyFrom(text as string, name), id],
        },
  ]
  const direction = ascending ? 'ASC' : 'DESC'
  const found = rows(
    db,
    `SELECT m.id, ${key} AS k FROM ${MANAGED_JOINED} WHERE ${tests.map(({ sql }) => sql).join(' AND ')}
       ORDER BY k ${direction}, m.id ${direction} LIMIT ${page.limit + 1}`,
    tests.flatMap(({ values }) => values),
    now,
  )
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    items: shown.map((each) => each.id),
    next:
      found.length > page.limit && last !== undefined
        ? cursorOf(name, JSON.stringify(last.k), last.id)
        : undefined,
  }
}

/** A cursor holds the key as JSON, since it is a number or a text. */
function keyFrom(text: string, name: string): string | number {
  try {
    const key = JSON.parse(text) as unknown
    if (typeof key === 'string' || typeof key === 'number') return key
  } catch {
    // Falls through to what any other text that isn't a cursor gets.
  }
  positionIn('', name)
  return ''
}

const tooManyToSort = (): ChanceryError => {
  const message = `more than ${MOST_SORTED} certificates are there: they can be had in the order of their making only`
  return new ChanceryError('request_invalid', `order: ${message}`, {
    violations: [{ code: 'order_too_many', field: 'order', message }],
  })
}

/** Prepared anew each time: there are as many statements as callers think of, and none of them twice. */
const rows = (db: Database, sql: string, values: readonly Value[], now: number): Found[] =>
  (sql.includes('@now') ? db.prepare(sql).all(...values, { now }) : db.prepare(sql).all(...values)) as Found[]

const amongst = (column: string, values: readonly string[]): Sql => ({
  sql: `${column} IN (${values.map(() => '?').join(', ')})`,
  values,
})
