import type { Database, Statement } from 'better-sqlite3'
import type { AuditFilter, AuditReads, FoundEvent } from '../../../core/ports/audit-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type { IndexReader, PostingCursor } from './index-reader.ts'
import { PIECE } from './segment.ts'
import { factsIn, termOf } from './terms.ts'

/** Events that one page looks through where no index helps. */
const SCAN = 10_000
/** Steps through the index that one page makes: some milliseconds. */
const STEPS = 2_000

const COLUMNS = 'id, accountId AS account, region, time, name, record'
type Value = string | number
/** Numbers of events, both ends included. */
type Range = { readonly from: number; readonly to: number }
/** A page in the making: what was found, and from which event down to go on; 0 when there is nothing left in the range. */
type Found = { readonly items: readonly FoundEvent[]; readonly next: number }

/**
 * Finds events from the newest on: what isn't indexed yet is looked through, the rest comes from the index.
 * @param index what there is of one
 */
export function auditLookUp(db: Database, index: () => IndexReader | undefined): AuditReads['audit']['find'] {
  // Each by itself: asked for both at once, SQLite reads the whole table.
  const ends = db.prepare(
    'SELECT (SELECT MIN(id) FROM AuditEvent) AS "from", (SELECT MAX(id) FROM AuditEvent) AS "to"',
  )
  const one = db.prepare(`SELECT ${COLUMNS} FROM AuditEvent WHERE id = ?`)
  const scan = scanner(db)
  const within = timeRange(db)
  const page = (filter: AuditFilter, newest: number, limit: number, reader: IndexReader | undefined) => {
    const { from } = ends.get() as Range
    const through = reader?.through() ?? 0
    const fresh = scan(filter, { from: Math.max(from, through + 1), to: newest }, limit)
    if (reader === undefined || fresh.next > 0 || fresh.items.length === limit) return pageOf(fresh, through)
    const range = within(reader, filter, { from, to: Math.min(newest, through) })
    const terms = termsOf(filter)
    const left = limit - fresh.items.length
    const indexed =
      terms.length === 0
        ? scan(filter, range, left)
        : intersection(terms.map(reader.cursor), range, left, (id) => {
            const event = one.get(id) as FoundEvent | undefined
            return event !== undefined && isWanted(event, filter) ? event : undefined
          })
    return pageOf({ items: [...fresh.items, ...indexed.items], next: indexed.next }, 0)
  }
  return async (filter, { limit, after }) => {
    const newest =
      after === undefined ? (ends.get() as Range).to : (positionIn(after, 'audit', 'number')[0] as number)
    const reader = index()
    if (reader === undefined) return page(filter, newest, limit, undefined)
    return reader.snapshot(() => page(filter, newest, limit, reader))
  }
}

/** @param rest where to go on when the range is done: with what is indexed */
const pageOf = ({ items, next }: Found, rest: number) => {
  const on = next === 0 ? rest : next
  return { items, next: on === 0 ? undefined : cursorOf('audit', on) }
}

/** The part of a range that times of the filter may lie in: by the index first, then to the event. */
function timeRange(db: Database) {
  const last = db.prepare(
    'SELECT id FROM AuditEvent WHERE id >= ? AND id <= ? AND time < ? ORDER BY id DESC LIMIT 1',
  )
  const first = db.prepare(
    'SELECT id FROM AuditEvent WHERE id >= ? AND id <= ? AND time >= ? ORDER BY id LIMIT 1',
  )
  return (reader: IndexReader, { since, until }: AuditFilter, range: Range): Range => {
    const stretches = reader.stretches(since, until)
    let from = Math.max(range.from, stretches.from)
    let to = Math.min(range.to, stretches.to)
    if (until !== undefined)
      to = (last.pluck().get(Math.max(from, to - PIECE), to, until) as number | undefined) ?? to
    if (since !== undefined)
      from = (first.pluck().get(from, Math.min(to, from + PIECE), since) as number | undefined) ?? from
    return { from, to }
  }
}

/** Events that all terms have, from high numbers to low ones. */
function intersection(
  cursors: readonly PostingCursor[],
  { from, to }: Range,
  limit: number,
  wanted: (id: number) => FoundEvent | undefined,
): Found {
  const items: FoundEvent[] = []
  let id = to
  for (let step = 0; step < STEPS && items.length < limit; step++) {
    const lowest = Math.min(id, ...cursors.map((cursor) => cursor.atMost(id)))
    if (lowest < from) return { items, next: 0 }
    if (lowest < id && cursors.some((cursor) => cursor.atMost(lowest) < lowest)) {
      id = lowest
      continue
    }
    const event = wanted(lowest)
    if (event !== undefined) items.push(event)
    id = lowest - 1
  }
  return { items, next: id < from ? 0 : id }
}

function termsOf({ place, name, principal, resource }: AuditFilter): number[] {
  // The most telling first.
  const terms = [
    ...(resource === undefined ? [] : [termOf(place, 'resource', resource)]),
    ...(principal === undefined ? [] : [termOf(place, 'principal', principal)]),
    ...(name === undefined ? [] : [termOf(place, 'name', name)]),
  ]
  return terms.length > 0 || place === undefined ? terms : [termOf(place, 'any', '')]
}

/** Looks through a range of events, as far as one page may. */
function scanner(db: Database) {
  const statements = new Map<string, Statement>()
  const prepared = (sql: string): Statement => {
    const statement = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return (filter: AuditFilter, { from, to }: Range, limit: number): Found => {
    const { sql, values } = conditions(filter)
    const bottom = Math.max(from, to - SCAN + 1)
    const rows = prepared(
      `SELECT ${COLUMNS} FROM AuditEvent WHERE id >= ? AND id <= ?${sql} ORDER BY id DESC LIMIT ?`,
    ).all(bottom, to, ...values, limit) as FoundEvent[]
    const end = rows.length === limit ? (rows.at(-1)?.id ?? bottom) : bottom
    return { items: rows.filter((event) => isWanted(event, filter)), next: end - 1 < from ? 0 : end - 1 }
  }
}

function conditions({ place, name, principal, resource, since, until }: AuditFilter) {
  const parts: [sql: string, ...values: Value[]][] = []
  if (place !== undefined) parts.push(['accountId = ? AND region = ?', place.account, place.region])
  if (name !== undefined) parts.push(['name = ?', name])
  if (since !== undefined) parts.push(['time >= ?', since])
  if (until !== undefined) parts.push(['time < ?', until])
  for (const value of [principal, resource])
    if (value !== undefined) parts.push(['instr(record, ?) > 0', JSON.stringify(value)])
  return {
    sql: parts.map(([sql]) => ` AND ${sql}`).join(''),
    values: parts.flatMap(([, ...values]) => values),
  }
}

/** The record has the last word. */
function isWanted(event: FoundEvent, filter: AuditFilter): boolean {
  const { place, name, principal, resource, since, until } = filter
  if (place !== undefined && (event.account !== place.account || event.region !== place.region)) return false
  if (name !== undefined && event.name !== name) return false
  if ((since !== undefined && event.time < since) || (until !== undefined && event.time >= until))
    return false
  if (principal === undefined && resource === undefined) return true
  const { principals, resources } = factsIn(event.record)
  return (
    (principal === undefined || principals.includes(principal)) &&
    (resource === undefined || resources.includes(resource))
  )
}
