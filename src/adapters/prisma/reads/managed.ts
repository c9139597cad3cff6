import type { Database, Statement } from 'better-sqlite3'
import type { DomainValidation, ValidationStatus } from '../../../core/domain/domain-validations.ts'
import type { Evidence, EvidenceKind, Verdict } from '../../../core/domain/evidence.ts'
import type { ManagedId } from '../../../core/domain/ids.ts'
import type { ValidationMethod } from '../../../core/domain/managed-certificates.ts'
import type { ManagedFilter, ManagedReads, StoredEvidence } from '../../../core/ports/managed-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { serialBlob } from '../wire-values.ts'
import { managedFrom, SELECT_MANAGED, versionFrom, type ManagedRow, type VersionRow } from './managed-rows.ts'
import { managedSearch } from './managed-search.ts'

/** Reads about managed certificates. */
export function managedReads(db: Database): ManagedReads {
  const get = db.prepare(`${SELECT_MANAGED} WHERE m.id = ? AND m.accountId = ? AND m.region = ?`)
  const byId = db.prepare(`${SELECT_MANAGED} WHERE m.id = ?`)
  const standing = db.prepare(`${SELECT_MANAGED} WHERE v.serial = ? AND v.authorityId = ?`)
  const due = db.prepare(`${SELECT_MANAGED} WHERE m.dueAt <= ? ORDER BY m.dueAt LIMIT ?`)
  const dueIn = db.prepare(
    `${SELECT_MANAGED} WHERE m.accountId = ? AND m.region = ? AND m.dueAt <= ? AND m.id > ? ORDER BY m.id LIMIT ?`,
  )
  const withoutFacts = db.prepare(
    `${SELECT_MANAGED} WHERE v.keyUsages IS NULL AND m.currentVersion IS NOT NULL AND m.id IN
       (SELECT managedId FROM ManagedVersion WHERE keyUsages IS NULL LIMIT ?)`,
  )
  const version = db.prepare('SELECT * FROM ManagedVersion WHERE managedId = ? AND number = ?')
  const versions = db.prepare(
    'SELECT * FROM ManagedVersion WHERE managedId = ? AND number < ? ORDER BY number DESC LIMIT ?',
  )
  const validations = db.prepare('SELECT * FROM DomainValidation WHERE managedId = ? ORDER BY rowid')
  const evidence = db.prepare(
    'SELECT * FROM ValidationEvidence WHERE managedId = ? AND version = ? ORDER BY domain, kind',
  )
  return {
    managed: {
      get: async ({ account, region }, id) =>
        optional(get.get(id, account, region) as ManagedRow | undefined, managedFrom),
      byId: async (id) => optional(byId.get(id) as ManagedRow | undefined, managedFrom),
      standing: async (authority, serial) =>
        optional(standing.get(serialBlob(serial), authority) as ManagedRow | undefined, managedFrom),
      list: lists(db),
      search: managedSearch(db),
      withoutFacts: async (limit) => (withoutFacts.all(limit) as ManagedRow[]).map(managedFrom),
      due: async (now, limit) => (due.all(now, limit) as ManagedRow[]).map(managedFrom),
      dueIn: async ({ account, region }, until, page) => {
        const after = page.after === undefined ? '' : positionIn(page.after, 'managed-due', 'string')[0]
        const rows = dueIn.all(account, region, until, after, page.limit + 1) as ManagedRow[]
        return pageOf(rows.map(managedFrom), page.limit, ({ id }) => cursorOf('managed-due', id))
      },
      version: async (id, number) => optional(version.get(id, number) as VersionRow | undefined, versionFrom),
      versions: async (id, page) => {
        const before =
          page.after === undefined
            ? Number.MAX_SAFE_INTEGER
            : positionIn(page.after, 'managed-versions', 'number')[0]
        const rows = versions.all(id, before, page.limit + 1) as VersionRow[]
        return pageOf(rows.map(versionFrom), page.limit, ({ number }) => cursorOf('managed-versions', number))
      },
    },
    validations: {
      of: async (id) => (validations.all(id) as Raw<models.DomainValidationModel>[]).map(validationFrom),
      evidence: async (id, number) =>
        (evidence.all(id, number) as Raw<models.ValidationEvidenceModel>[]).map(evidenceFrom),
    },
  }
}

/** Newest first: ids grow with time. */
function lists(db: Database): ManagedReads['managed']['list'] {
  const statements = new Map<string, Statement>()
  return async ({ account, region }, filter, now, page) => {
    const before = page.after === undefined ? '~' : positionIn(page.after, 'managed', 'string')[0]
    const rest = conditions(filter, now)
    const sql = `${SELECT_MANAGED} WHERE m.accountId = ? AND m.region = ? AND m.id < ?${rest.sql} ORDER BY m.id DESC LIMIT ?`
    const statement = statements.get(sql) ?? db.prepare(sql)
    statements.set(sql, statement)
    const rows = statement.all(account, region, before, ...rest.values, page.limit + 1) as ManagedRow[]
    return pageOf(rows.map(managedFrom), page.limit, ({ id }) => cursorOf('managed', id))
  }
}

function conditions(filter: ManagedFilter, now: number): { sql: string; values: (string | number)[] } {
  const sql: string[] = []
  const values: (string | number)[] = []
  const add = (condition: string, ...given: (string | number)[]): void => {
    sql.push(` AND ${condition}`)
    values.push(...given)
  }
  if (filter.kind !== undefined) add('m.kind = ?', filter.kind)
  if (filter.domainName !== undefined) add('m.domainName = ?', filter.domainName)
  if (filter.status === 'REVOKED') add('r.id IS NOT NULL')
  else if (filter.status === 'EXPIRED') add("m.status = 'ISSUED' AND r.id IS NULL AND v.notAfter < ?", now)
  else if (filter.status === 'ISSUED') add("m.status = 'ISSUED' AND r.id IS NULL AND v.notAfter >= ?", now)
  else if (filter.status !== undefined) add('m.status = ?', filter.status)
  if (filter.expiresBefore !== undefined) add('v.notAfter < ?', filter.expiresBefore)
  if (filter.inUse !== undefined)
    add(`${filter.inUse ? '' : 'NOT '}EXISTS (SELECT 1 FROM Association a WHERE a.managedId = m.id)`)
  return { sql: sql.join(''), values }
}

const optional = <Row, T>(row: Row | undefined, map: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : map(row)

function pageOf<T>(rows: readonly T[], limit: number, cursor: (last: T) => string) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? cursor(last) : undefined }
}

const orUndefined = <T>(value: T | null): T | undefined => value ?? undefined

const validationFrom = (row: Raw<models.DomainValidationModel>): DomainValidation => ({
  managed: row.managedId as ManagedId,
  domain: row.domain,
  method: row.method as ValidationMethod,
  validationDomain: row.validationDomain,
  status: row.status as ValidationStatus,
  reason: orUndefined(row.reason),
  validatedAt: orUndefined(row.validatedAt),
  checkedAt: orUndefined(row.checkedAt),
})

const evidenceFrom = (row: Raw<models.ValidationEvidenceModel>): StoredEvidence => ({
  managed: row.managedId as ManagedId,
  version: row.version,
  domain: row.domain,
  kind: row.kind as EvidenceKind,
  verdict: row.verdict as Verdict,
  at: row.at,
  items: JSON.parse(row.items) as Evidence[],
})
