import type { Database, Statement } from 'better-sqlite3'
import { splitCertificateId } from '../../../core/domain/ids.ts'
import type {
  CertificateFilter,
  FoundCertificate,
  Page,
  PageRequest,
  Place,
  Reads,
} from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import { certificateFrom, type CertificateRow } from '../rows.ts'
import { hexBlob, keyHashOf, serialBlob } from '../wire-values.ts'

/**
 * Rows that one page looks at, at most: a filter that few rows pass gives short pages with a cursor instead of a
 * query that holds up the event loop.
 */
const SCAN = 4000

type Position = { readonly id: number; readonly k1: number | string }
type FoundRow = CertificateRow & Position & { readonly matched: string | null }
type Value = string | number | Uint8Array
/** Which rows to walk, in which order; the rest of the filter is applied to what it yields. */
type Walk = {
  readonly order: string
  /** SELECT id, k1[, k2] … without LIMIT; k1, k2 is the position that a cursor holds. */
  readonly sql: string
  readonly values: readonly Value[]
  readonly position: (row: Position) => readonly (string | number)[]
}

/** Reads about certificates, all prepared SQL: they are asked for often and must stay quick at millions of rows. */
export const certificateReads = (db: Database): Reads['certificates'] => ({
  ...singleReads(db),
  ...severalReads(db),
})

const columns = 'c.*, r.revokedAt, r.reason'
const joined = 'Certificate c LEFT JOIN Revocation r ON r.certificateId = c.id'
/** An archived certificate has no region any more; its owner is told that it was one. */
const IN_REGION = '(c.region = @region OR c.state = 3)'
type SingleReads = Pick<Reads['certificates'], 'get' | 'visible' | 'recorded' | 'withSerial'>

function singleReads(db: Database): SingleReads {
  const get = db.prepare(
    `SELECT ${columns} FROM ${joined} WHERE c.serial = @serial AND c.authorityId = @authority AND ${IN_REGION}
       AND c.accountId = @account`,
  )
  const visible = db.prepare(
    `SELECT ${columns} FROM ${joined} WHERE c.serial = @serial AND c.authorityId = @authority AND ${IN_REGION}
       AND (c.accountId = @account OR c.lenderId = @account)`,
  )
  const recorded = db.prepare(`SELECT ${columns} FROM ${joined} WHERE c.serial = ? AND c.authorityId = ?`)
  const withSerial = db.prepare(`SELECT ${columns} FROM ${joined} WHERE c.serial = ?`)
  return {
    get: async ({ account, region }, id) => {
      const parts = splitCertificateId(id)
      if (parts === undefined) return undefined
      const serial = serialBlob(parts.serial)
      const row = get.get({ serial, authority: parts.authority, account, region }) as
        CertificateRow | undefined
      return row === undefined ? undefined : certificateFrom(row)
    },
    visible: async ({ account, region }, id) => {
      const parts = splitCertificateId(id)
      if (parts === undefined) return undefined
      const serial = serialBlob(parts.serial)
      const row = visible.get({ serial, authority: parts.authority, account, region }) as
        CertificateRow | undefined
      return row === undefined ? undefined : certificateFrom(row)
    },
    recorded: async (authority, serial) => {
      const row = recorded.get(serialBlob(serial), authority) as CertificateRow | undefined
      return row === undefined ? undefined : certificateFrom(row)
    },
    withSerial: async (serial) =>
      (withSerial.all(serialBlob(serial)) as CertificateRow[]).map(certificateFrom),
  }
}

function severalReads(db: Database): Omit<Reads['certificates'], keyof SingleReads> {
  const lapsed = db.prepare(
    `SELECT ${columns} FROM ${joined} WHERE c.state = 0
       AND c.lease NOT IN (SELECT owner FROM Lease WHERE name = 'server/' || owner AND expiresAt > ?) LIMIT ?`,
  )
  const open = `r.id IS NULL AND c.state IN (0, 1) AND c.notAfter >= ?`
  const withKey = db.prepare(
    `SELECT ${columns}, c.id AS row FROM ${joined} WHERE c.keyHash = ? AND c.id > ? AND ${open} ORDER BY c.id LIMIT ?`,
  )
  const withKeyOf = db.prepare(
    `SELECT ${columns}, c.id AS row FROM ${joined} WHERE c.keyHash = ? AND c.id > ? AND ${open} AND c.accountId = ?
       ORDER BY c.id LIMIT ?`,
  )
  const withoutKeyHash = db.prepare(
    `SELECT ${columns} FROM ${joined} WHERE c.keyHash IS NULL AND c.state <> 3 LIMIT ?`,
  )
  const statements = new Map<string, Statement>()
  const prepared = (sql: string): Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = db.prepare(sql)
    statements.set(sql, made)
    return made
  }

  return {
    withKey: async (spki, account, now, after, limit) => {
      const bounds = [keyHashOf(hexBlob(spki)), after, now]
      const rows = (
        account === undefined ? withKey.all(...bounds, limit) : withKeyOf.all(...bounds, account, limit)
      ) as (CertificateRow & { readonly row: number })[]
      return rows.map((row) => ({ row: row.row, certificate: certificateFrom(row) }))
    },
    withoutKeyHash: async (limit) => (withoutKeyHash.all(limit) as CertificateRow[]).map(certificateFrom),
    lapsed: async (systemNow, limit) =>
      (lapsed.all(systemNow, limit) as CertificateRow[]).map(certificateFrom),
    search: async (place, filter, now, page) => {
      const walk = walkFor(place, filter, now, page)
      const rest = conditions(place, filter, now)
      // Most pages fill from the first rows of the walk, nearly all from a few times as many (the valid ones between
      // some revoked); only a filter that refuses most of them looks further.
      for (const scan of [page.limit, 4 * page.limit, SCAN]) {
        const rows = prepared(
          `SELECT ${columns}, w.k1, w.matched
             FROM (SELECT *, row_number() OVER () AS n FROM (${walk.sql} LIMIT ${scan})) w
             CROSS JOIN Certificate c ON c.id = w.id LEFT JOIN Revocation r ON r.certificateId = c.id
             WHERE ${rest.sql} ORDER BY w.n LIMIT ?`,
        ).all(...walk.values, ...rest.values, page.limit) as FoundRow[]
        if (rows.length === page.limit) return pageOf(rows, walk, rows.at(-1))
        const scanEnd = prepared(`${walk.sql} LIMIT 1 OFFSET ${scan - 1}`).get(...walk.values) as
          Position | undefined
        if (scanEnd === undefined || scan === SCAN) return pageOf(rows, walk, scanEnd)
      }
      throw new Error('the last scan always returns')
    },
  }
}

function pageOf(rows: readonly FoundRow[], walk: Walk, end: Position | undefined): Page<FoundCertificate> {
  return {
    items: rows.map((row) => ({
      certificate: certificateFrom(row),
      ...(row.matched === null ? {} : { matched: row.matched }),
    })),
    next: end === undefined ? undefined : cursorOf(walk.order, ...walk.position(end)),
  }
}

/** What every row must satisfy, whichever way it was found. */
function conditions(place: Place, filter: CertificateFilter, now: number): { sql: string; values: Value[] } {
  const sql = ['c.state = 1', 'c.region = ?']
  const values: Value[] = [place.region]
  const add = (condition: string, ...more: Value[]): void => {
    sql.push(condition)
    values.push(...more)
  }
  if (filter.everybodys === true) {
    // Not what the installation has from it for itself, such as the certificates of OCSP responders.
    add('(c.accountId = ? OR c.lenderId = ?)', place.account, place.account)
    if (filter.name !== undefined) add(HAS_NAME, filter.name)
  } else add('c.accountId = ?', place.account)
  if (filter.authority !== undefined) add('c.authorityId = ?', filter.authority)
  if (filter.serial !== undefined) add('c.serial = ?', serialBlob(filter.serial))
  if (filter.expiresAfter !== undefined) add('c.notAfter >= ?', filter.expiresAfter)
  if (filter.expiresBefore !== undefined) add('c.notAfter < ?', filter.expiresBefore)
  if (filter.status === 'revoked') add('r.id IS NOT NULL')
  if (filter.status === 'expired') add('r.id IS NULL AND c.notAfter < ?', now)
  if (filter.status === 'not_yet_valid') add('r.id IS NULL AND c.notBefore > ? AND c.notAfter >= ?', now, now)
  if (filter.status === 'valid') add('r.id IS NULL AND c.notBefore <= ? AND c.notAfter >= ?', now, now)
  return { sql: sql.join(' AND '), values }
}

/** Of whichever account. */
const HAS_NAME = `EXISTS (SELECT 1 FROM CertificateName n WHERE n.accountId = c.accountId AND n.region = c.region
  AND n.certificateId = c.id AND n.name = ?)`

/** The most selective index that the filter can use. */
function walkFor(place: Place, filter: CertificateFilter, now: number, page: PageRequest): Walk {
  const { account, region } = place
  if (filter.serial !== undefined) {
    const [after] = position(page, 'serial', 'number') ?? [Number.MAX_SAFE_INTEGER]
    return byId(
      'serial',
      'SELECT id, id AS k1, NULL AS matched FROM Certificate WHERE serial = ? AND id < ? ORDER BY id DESC',
      [serialBlob(filter.serial), after as number],
    )
  }
  if (filter.everybodys === true && filter.authority !== undefined) return walkIssued(place, filter, page)
  if (filter.name !== undefined) return walkNames(place, filter.name, page)
  if (filter.status === 'revoked') {
    const [after] = position(page, 'revoked', 'number') ?? [Number.MAX_SAFE_INTEGER]
    return {
      order: 'revoked',
      sql: `SELECT certificateId AS id, id AS k1, NULL AS matched FROM Revocation
              WHERE accountId = ? AND region = ? AND Revocation.id < ? ORDER BY Revocation.id DESC`,
      values: [account, region, after as number],
      position: (row) => [row.k1],
    }
  }
  if (
    filter.status === 'expired' ||
    filter.status === 'valid' ||
    filter.expiresAfter !== undefined ||
    filter.expiresBefore !== undefined
  )
    return walkExpiry(place, filter, now, page)
  return walkIssued(place, filter, page)
}

/** Newest first. */
function walkIssued({ account, region }: Place, filter: CertificateFilter, page: PageRequest): Walk {
  const [column, value] =
    filter.authority === undefined ? ['accountId = ? AND region', region] : ['authorityId', filter.authority]
  const [after] = position(page, 'issued', 'number') ?? [Number.MAX_SAFE_INTEGER]
  return byId(
    'issued',
    `SELECT id, id AS k1, NULL AS matched FROM Certificate WHERE ${column} = ? AND id < ? ORDER BY id DESC`,
    filter.authority === undefined ? [account, value, after as number] : [value, after as number],
  )
}

const byId = (order: string, sql: string, values: readonly Value[]): Walk => ({
  order,
  sql,
  values,
  position: (row) => [row.id],
})

function position(page: PageRequest, order: string, ...types: readonly ('string' | 'number')[]) {
  return page.after === undefined ? undefined : positionIn(page.after, order, ...types)
}

/** Soonest to expire first. */
function walkExpiry(
  { account, region }: Place,
  filter: CertificateFilter,
  now: number,
  page: PageRequest,
): Walk {
  const from = Math.max(filter.expiresAfter ?? 0, filter.status === 'valid' ? now : 0)
  const to = Math.min(
    filter.expiresBefore ?? Number.MAX_SAFE_INTEGER,
    filter.status === 'expired' ? now : Infinity,
  )
  const [time, id] = position(page, 'expiry', 'number', 'number') ?? [from, 0]
  return {
    order: 'expiry',
    sql: `SELECT id, notAfter AS k1, NULL AS matched FROM Certificate
            WHERE accountId = ? AND region = ? AND (notAfter, id) > (?, ?) AND notAfter < ? ORDER BY notAfter, id`,
    values: [account, region, time as number, id as number, to],
    position: (row) => [row.k1, row.id],
  }
}

/** One whole name, newest first; or every name below a domain, in the order of the names. */
function walkNames({ account, region }: Place, name: string, page: PageRequest): Walk {
  if (!name.endsWith('.')) {
    const [after] = position(page, 'name', 'number') ?? [Number.MAX_SAFE_INTEGER]
    return byId(
      'name',
      `SELECT certificateId AS id, certificateId AS k1, NULL AS matched FROM CertificateName
         WHERE accountId = ? AND region = ? AND name = ? AND certificateId < ? ORDER BY certificateId DESC`,
      [account, region, name, after as number],
    )
  }
  const [from, id] = position(page, 'domain', 'string', 'number') ?? [name, 0]
  return {
    order: 'domain',
    sql: `SELECT certificateId AS id, name AS k1, name AS matched FROM CertificateName
            WHERE accountId = ? AND region = ? AND (name, certificateId) > (?, ?) AND name < ? ORDER BY name, certificateId`,
    // '/' is the character after '.': the end of everything that begins with the domain and a dot.
    values: [account, region, from as string, id as number, `${name.slice(0, -1)}/`],
    position: (row) => [row.k1, row.id],
  }
}
