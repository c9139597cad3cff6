import type { Database, Statement } from 'better-sqlite3'
import { isAuthorityEvent, type AuthorityEventDetail } from '../../../core/domain/authority-events.ts'
import type { CertificateEventName, EventDetail } from '../../../core/domain/certificate-events.ts'
import type { AccountId, AuthorityId, EventId, ManagedId, Region } from '../../../core/domain/ids.ts'
import type { EventFilter, EventReads, StoredEvent } from '../../../core/ports/event-store.ts'
import type { Place } from '../../../core/ports/write.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

/** Rows looked at for one page: no read holds up the event loop for long. */
const SCAN = 5000

type EventRow = Raw<models.CertificateEventModel>

/** Reads about what is told of certificates' lives. */
export function eventReads(db: Database): EventReads {
  const get = db.prepare('SELECT * FROM CertificateEvent WHERE id = ? AND accountId = ? AND region = ?')
  const newest = db
    .prepare('SELECT MAX(sequence) FROM CertificateEvent WHERE accountId = ? AND region = ?')
    .pluck()
  const due = db
    .prepare('SELECT certificateId FROM CertificateNotice WHERE at <= ? ORDER BY at LIMIT ?')
    .pluck()
  return {
    events: {
      get: async ({ account, region }, id) => {
        const row = get.get(id, account, region) as EventRow | undefined
        return row === undefined ? undefined : eventFrom(row)
      },
      list: lists(db),
      newest: async ({ account, region }) => (newest.get(account, region) as number | null) ?? 0,
      noticesDue: async (now, limit) => due.all(now, limit) as ManagedId[],
    },
  }
}

/** Walks a stretch of the place's events, or of one certificate's or authority's, and keeps of it what the filter wants. */
function lists(db: Database): EventReads['events']['list'] {
  const statements = new Map<string, Statement>()
  const prepared = (sql: string): Statement => {
    const statement = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  return async (place, filter, { limit, after }) => {
    const from =
      after === undefined ? (filter.after ?? 0) : (positionIn(after, 'events', 'number')[0] as number)
    const walk = walkOf(place, filter, from)
    const wanted = [
      ...(filter.since === undefined ? [] : ['time >= ?']),
      ...(filter.names === undefined ? [] : [`name IN (${filter.names.map(() => '?').join(', ')})`]),
    ]
    const rows = prepared(
      `SELECT * FROM (${walk.sql} LIMIT ${SCAN}) ${wanted.length > 0 ? `WHERE ${wanted.join(' AND ')}` : ''} LIMIT ?`,
    ).all(
      ...walk.values,
      ...(filter.since === undefined ? [] : [filter.since]),
      ...(filter.names ?? []),
      limit + 1,
    ) as EventRow[]
    const items = rows.slice(0, limit).map(eventFrom)
    const end =
      rows.length > limit
        ? items.at(-1)?.sequence
        : (prepared(`SELECT sequence FROM (${walk.sql} LIMIT 1 OFFSET ${SCAN - 1})`)
            .pluck()
            .get(...walk.values) as number | undefined)
    return { items, next: end === undefined ? undefined : cursorOf('events', end) }
  }
}

function walkOf(
  { account, region }: Place,
  { about }: EventFilter,
  from: number,
): { sql: string; values: (string | number)[] } {
  const place = 'accountId = ? AND region = ? AND sequence > ? ORDER BY sequence'
  return about === undefined
    ? { sql: `SELECT * FROM CertificateEvent WHERE ${place}`, values: [account, region, from] }
    : {
        sql: `SELECT * FROM CertificateEvent INDEXED BY CertificateEvent_certificateId_idx
                WHERE certificateId = ? AND ${place}`,
        values: [about, account, region, from],
      }
}

function eventFrom(row: EventRow): StoredEvent {
  const { sequence, time, name } = row
  const of = {
    ...{ sequence, time },
    id: row.id as EventId,
    account: row.accountId as AccountId,
    region: row.region as Region,
  }
  return isAuthorityEvent(name)
    ? {
        ...of,
        authority: row.certificateId as AuthorityId,
        name: name,
        detail: JSON.parse(row.detail) as AuthorityEventDetail,
      }
    : {
        ...of,
        certificate: row.certificateId as ManagedId,
        name: name as CertificateEventName,
        detail: JSON.parse(row.detail) as EventDetail,
      }
}
