import type { ManagedCriterion, ManagedOrder, ManagedTest } from '../../../core/ports/managed-search.ts'
import { serialBlob } from '../wire-values.ts'

export type Value = string | number | Uint8Array
export type Sql = { readonly sql: string; readonly values: readonly Value[] }

/** Holds for every row. */
export const TRUE: Sql = { sql: '1', values: [] }
const FALSE: Sql = { sql: '0', values: [] }

const IN_USE = 'EXISTS (SELECT 1 FROM Association a WHERE a.managedId = m.id)'
const EXPORTED = 'm.exportedVersion IS NOT NULL AND m.exportedVersion = m.currentVersion'
const STATUS = `CASE WHEN r.id IS NOT NULL THEN 'REVOKED' WHEN m.status = 'ISSUED' AND v.notAfter < @now THEN 'EXPIRED'
  ELSE m.status END`

/** What each order sorts by; where it is NULL, `ifnull` takes the smallest. */
export const ORDERS: Readonly<Record<Exclude<ManagedOrder, 'createdAt'>, string>> = {
  notAfter: 'v.notAfter',
  notBefore: 'v.notBefore',
  issuedAt: "iif(m.kind <> 'imported', v.createdAt, NULL)",
  importedAt: "iif(m.kind = 'imported', v.createdAt, NULL)",
  revokedAt: 'r.revokedAt',
  commonName: 'ifnull(v.commonName, m.domainName)',
  status: STATUS,
  renewalStatus: 'm.renewalStatus',
  renewalEligibility: `m.kind <> 'imported' AND ${STATUS} IN ('ISSUED', 'EXPIRED') AND (${IN_USE} OR ${EXPORTED})`,
  exported: EXPORTED,
  exportable: 'm.exportable',
  inUse: IN_USE,
  keyAlgorithm: 'm.keyAlgorithm',
  kind: 'm.kind',
  managedBy: 'm.managedBy',
  validationMethod: 'm.validationMethod',
}

/** A criterion as SQL that is 0 or 1, never NULL, so that what isn't there fits its negation. */
export function conditionOf(criterion: ManagedCriterion): Sql {
  if ('test' in criterion) {
    const { sql, values } = testOf(criterion.test)
    return { sql: `ifnull(${sql}, 0)`, values }
  }
  if ('not' in criterion) {
    const { sql, values } = conditionOf(criterion.not)
    return { sql: `NOT ${sql}`, values }
  }
  const [parts, word, nothing] =
    'all' in criterion ? ([criterion.all, ' AND ', TRUE] as const) : ([criterion.any, ' OR ', FALSE] as const)
  if (parts.length === 0) return nothing
  const each = parts.map(conditionOf)
  return {
    sql: `(${each.map(({ sql }) => sql).join(word)})`,
    values: each.flatMap(({ values }) => values),
  }
}

const equal = (column: string, value: Value): Sql => ({ sql: `${column} = ?`, values: [value] })
const isTrue = (condition: string, is: boolean): Sql => ({
  sql: is ? `(${condition})` : `NOT (${condition})`,
  values: [],
})
const listed = (column: string, value: string): Sql => ({
  sql: `EXISTS (SELECT 1 FROM json_each(${column}) WHERE value = ?)`,
  values: [value],
})

function testOf(test: ManagedTest): Sql {
  switch (test.by) {
    case 'id':
      return equal('m.id', test.is)
    case 'commonName':
      return text(ORDERS.commonName, test.is, test.whole)
    case 'dnsName': {
      const { sql, values } = text('value', test.is, test.whole)
      return { sql: `EXISTS (SELECT 1 FROM json_each(m.names) WHERE ${sql})`, values }
    }
    case 'keyUsage':
      return listed('v.keyUsages', test.is)
    case 'extendedKeyUsage':
      return listed('v.extendedKeyUsages', test.is)
    case 'extendedKeyUsageBeside':
      return {
        sql: `EXISTS (SELECT 1 FROM json_each(v.extendedKeyUsages) WHERE value NOT IN (${test.known.map(() => '?').join(', ')}))`,
        values: test.known,
      }
    case 'serial':
      return equal('v.serial', serialBlob(test.is))
    case 'notBefore':
    case 'notAfter':
      return within(`v.${test.by}`, test.from, test.until)
    case 'status':
      return equal(`(${STATUS})`, test.is)
    case 'inUse':
      return isTrue(IN_USE, test.is)
    case 'exported':
      return isTrue(EXPORTED, test.is)
    case 'exportable':
      return isTrue('m.exportable', test.is)
    case 'hasVersion':
      return isTrue('m.currentVersion IS NOT NULL', test.is)
    case 'kind':
    case 'keyAlgorithm':
    case 'renewalStatus':
    case 'managedBy':
    case 'validationMethod':
      return equal(`m.${test.by}`, test.is)
  }
}

/** `instr`, not LIKE: what is searched for may hold its wildcards. */
const text = (column: string, is: string, whole: boolean): Sql =>
  whole
    ? { sql: `lower(${column}) = ?`, values: [is] }
    : { sql: `instr(lower(${column}), ?) > 0`, values: [is] }

const within = (column: string, from: number | undefined, until: number | undefined): Sql => ({
  sql: `(${column} >= ? AND ${column} <= ?)`,
  values: [from ?? Number.MIN_SAFE_INTEGER, until ?? Number.MAX_SAFE_INTEGER],
})
