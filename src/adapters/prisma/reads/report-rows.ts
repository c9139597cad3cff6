import type { Database } from 'better-sqlite3'
import { reasonNamed } from '../../../core/domain/revocation.ts'
import type { ReportedCertificate, ReportRows, ReportScope } from '../../../core/ports/report-store.ts'

/** In the order of the columns: arrays are made faster than objects. */
type Row = readonly [
  account: string,
  serial: Uint8Array,
  der: Uint8Array,
  notBefore: number,
  notAfter: number,
  issuedAt: number,
  revokedAt: number | null,
  reason: number | null,
  managed: number,
  profile: string,
]

/**
 * What stands in audit reports, on a connection of whoever makes them. A managed certificate's version is found by its
 * serial; one whose managed certificate was deleted says so itself.
 */
export function reportRows(db: Database): ReportRows {
  // The index alone has what this needs: no record is read.
  const end = db
    .prepare(
      `SELECT MAX(id), COUNT(*) FROM
         (SELECT id FROM Certificate WHERE authorityId = ? AND id > ? AND id <= ? ORDER BY id LIMIT ?)`,
    )
    .raw()
  const page = db
    .prepare(
      `SELECT c.accountId, c.serial, c.der, c.notBefore, c.notAfter, c.issuedAt, r.revokedAt, r.reason,
              c.service IS NOT NULL OR EXISTS
                (SELECT 1 FROM ManagedVersion v WHERE v.serial = c.serial AND v.authorityId = c.authorityId),
              c.profile
         FROM Certificate c LEFT JOIN Revocation r ON r.certificateId = c.id
         WHERE c.authorityId = ? AND c.id > ? AND c.id <= ? AND c.state = 1 ORDER BY c.id`,
    )
    .raw()
  const stretch = ({ authority, through }: ReportScope, after: number, limit: number) => {
    const [last, records] = end.get(authority, after, through, limit) as [number | null, number]
    return { records, last: last ?? after, next: records < limit ? undefined : (last ?? undefined) }
  }
  return {
    count: async (scope, after, limit) => stretch(scope, after, limit),
    page: async (scope, after, limit) => {
      const { last, next } = stretch(scope, after, limit)
      const rows = page.all(scope.authority, after, last) as Row[]
      return { certificates: rows.map(certificateFrom), next }
    },
  }
}

const certificateFrom = (row: Row): ReportedCertificate => ({
  account: row[0],
  serial: row[1],
  der: row[2],
  notBefore: row[3],
  notAfter: row[4],
  issuedAt: row[5],
  revokedAt: row[6] ?? undefined,
  reason: row[7] === null ? undefined : reasonNamed(row[7]),
  managed: row[8] === 1,
  profile: row[9],
})
