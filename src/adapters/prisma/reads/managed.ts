import type { Database, Statement } from 'better-sqlite3'
import type { DomainValidation, ValidationStatus } from '../../../core/domain/domain-validations.ts'
import type { Evidence, EvidenceKind, Verdict } from '../../../core/domain/evidence.ts'
import {
  serialOf,
  type AccountId,
  type AuthorityId,
  type KeyId,
  type ManagedId,
  type Region,
} from '../../../core/domain/ids.ts'
import type { KeyAlgorithm } from '../../../core/domain/key-algorithms.ts'
import type {
  ManagedCertificate,
  ManagedFailure,
  ManagedKind,
  ManagedVersion,
  RenewalKey,
  RenewalStatus,
  StoredManagedStatus,
  ValidationMethod,
} from '../../../core/domain/managed-certificates.ts'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type { ManagedFilter, ManagedReads, StoredEvidence } from '../../../core/ports/managed-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'
import { serialBlob } from '../wire-values.ts'

type VersionRow = Raw<models.ManagedVersionModel>
/** With the current version's columns as JSON would nest them, prefixed, and the ARNs that use it as a JSON list. */
type ManagedRow = Raw<models.ManagedCertificateModel> & {
  readonly vNumber: number | null
  readonly vAuthorityId: string | null
  readonly vSerial: Uint8Array
  readonly vKeyId: string
  readonly vNotBefore: number
  readonly vNotAfter: number
  readonly vCreatedAt: number
  readonly vDer: Uint8Array | null
  readonly vChain: Uint8Array | null
  readonly uses: string
  readonly revokedAt: number | null
  readonly reason: number | null
}

const SELECT = `SELECT m.*, v.number AS vNumber, v.authorityId AS vAuthorityId, v.serial AS vSerial, v.keyId AS vKeyId,
    v.notBefore AS vNotBefore, v.notAfter AS vNotAfter, v.createdAt AS vCreatedAt, v.der AS vDer, v.chain AS vChain,
    (SELECT json_group_array(resourceArn) FROM
       (SELECT resourceArn FROM Association a WHERE a.managedId = m.id ORDER BY a.createdAt, a.rowid)) AS uses,
    r.revokedAt, r.reason
  FROM ManagedCertificate m LEFT JOIN ManagedVersion v ON v.managedId = m.id AND v.number = m.currentVersion
    LEFT JOIN Certificate c ON c.serial = v.serial AND c.authorityId = v.authorityId
    LEFT JOIN Revocation r ON r.certificateId = c.id`

/** Reads about managed certificates. */
export function managedReads(db: Database): ManagedReads {
  const get = db.prepare(`${SELECT} WHERE m.id = ? AND m.accountId = ? AND m.region = ?`)
  const byId = db.prepare(`${SELECT} WHERE m.id = ?`)
  const standing = db.prepare(`${SELECT} WHERE v.serial = ? AND v.authorityId = ?`)
  const due = db.prepare(`${SELECT} WHERE m.dueAt <= ? ORDER BY m.dueAt LIMIT ?`)
  const dueIn = db.prepare(
    `${SELECT} WHERE m.accountId = ? AND m.region = ? AND m.dueAt <= ? AND m.id > ? ORDER BY m.id LIMIT ?`,
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
    const sql = `${SELECT} WHERE m.accountId = ? AND m.region = ? AND m.id < ?${rest.sql} ORDER BY m.id DESC LIMIT ?`
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

const managedFrom = (row: ManagedRow): ManagedCertificate => ({
  id: row.id as ManagedId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  revision: row.revision,
  kind: row.kind as ManagedKind,
  status: row.status as StoredManagedStatus,
  failure: orUndefined(row.failure) as ManagedFailure | undefined,
  failureDetail: orUndefined(row.failureDetail),
  names: JSON.parse(row.names) as string[],
  keyAlgorithm: row.keyAlgorithm as KeyAlgorithm,
  authority: orUndefined(row.authorityId) as AuthorityId | undefined,
  profile: row.profile,
  days: orUndefined(row.days),
  validationMethod: orUndefined(row.validationMethod) as ValidationMethod | undefined,
  renewalKey: row.renewalKey as RenewalKey,
  exportable: row.exportable === 1,
  tags: JSON.parse(row.tags) as Record<string, string>,
  createdAt: row.createdAt,
  validateUntil: orUndefined(row.validateUntil),
  dueAt: orUndefined(row.dueAt),
  attempts: row.attempts,
  renewal:
    row.renewalStatus === null || row.renewalUpdatedAt === null
      ? undefined
      : {
          status: row.renewalStatus as RenewalStatus,
          reason: orUndefined(row.renewalReason),
          updatedAt: row.renewalUpdatedAt,
        },
  current: row.vNumber === null ? undefined : currentOf(row, row.vNumber),
  exportedVersion: orUndefined(row.exportedVersion),
  revocation:
    row.revokedAt === null ? undefined : { revokedAt: row.revokedAt, reason: reasonNamed(row.reason ?? 0) },
  inUseBy: JSON.parse(row.uses) as string[],
})

const currentOf = (row: ManagedRow, number: number): ManagedVersion =>
  versionFrom({
    managedId: row.id,
    number,
    authorityId: row.vAuthorityId,
    serial: row.vSerial as VersionRow['serial'],
    keyId: row.vKeyId,
    notBefore: row.vNotBefore,
    notAfter: row.vNotAfter,
    createdAt: row.vCreatedAt,
    der: row.vDer as VersionRow['der'],
    chain: row.vChain as VersionRow['chain'],
  })

const versionFrom = (row: VersionRow): ManagedVersion => ({
  managed: row.managedId as ManagedId,
  number: row.number,
  authority: orUndefined(row.authorityId) as AuthorityId | undefined,
  serial: serialOf(row.serial),
  key: row.keyId as KeyId,
  notBefore: row.notBefore,
  notAfter: row.notAfter,
  createdAt: row.createdAt,
  imported: row.der === null ? undefined : { der: row.der, chain: row.chain ?? new Uint8Array() },
})

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
