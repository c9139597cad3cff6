import type { Database } from 'better-sqlite3'
import type { AuditReport, ReportFormat, ReportStatus } from '../../../core/domain/audit-reports.ts'
import type { AuthorityId, ReportId } from '../../../core/domain/ids.ts'
import type { ReportReads } from '../../../core/ports/report-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type ReportRow = Raw<models.AuditReportModel>
/** Sorts behind every id. */
const LAST = '~'

/** Reads about audit reports. */
export function reportReads(db: Database): ReportReads {
  const byId = db.prepare('SELECT * FROM AuditReport WHERE id = ?')
  const get = db.prepare('SELECT * FROM AuditReport WHERE id = ? AND authorityId = ?')
  const list = db.prepare(
    'SELECT * FROM AuditReport WHERE authorityId = ? AND id < ? ORDER BY id DESC LIMIT ?',
  )
  const count = db.prepare('SELECT COUNT(*) FROM AuditReport WHERE authorityId = ?').pluck()
  const running = db.prepare("SELECT * FROM AuditReport WHERE authorityId = ? AND status = 'CREATING'")
  const due = db.prepare(
    `SELECT * FROM AuditReport WHERE status = 'CREATING' AND (lease IS NULL OR lease = ? OR
       lease NOT IN (SELECT owner FROM Lease WHERE name = 'server/' || owner AND expiresAt > ?)) ORDER BY id LIMIT 1`,
  )
  const older = db.prepare('SELECT * FROM AuditReport WHERE createdAt < ? ORDER BY createdAt LIMIT ?')
  const lastPlace = db.prepare('SELECT MAX(id) FROM Certificate').pluck()
  const one = (row: unknown): AuditReport | undefined =>
    row === undefined ? undefined : reportFrom(row as ReportRow)
  return {
    auditReports: {
      get: async (authority, id) => one(get.get(id, authority)),
      byId: async (id) => one(byId.get(id)),
      list: async (authority, page) => {
        const before = page.after === undefined ? LAST : positionIn(page.after, 'reports', 'string')[0]
        const rows = list.all(authority, before, page.limit + 1) as ReportRow[]
        const items = rows.slice(0, page.limit).map(reportFrom)
        const last = rows.length > page.limit ? items.at(-1) : undefined
        return { items, next: last === undefined ? undefined : cursorOf('reports', last.id) }
      },
      count: async (authority) => count.get(authority) as number,
      running: async (authority) => one(running.get(authority)),
      due: async (serverId, systemNow) => one(due.get(serverId, systemNow)),
      olderThan: async (time, limit) => (older.all(time, limit) as ReportRow[]).map(reportFrom),
      lastPlace: async () => (lastPlace.get() as number | null) ?? 0,
    },
  }
}

const reportFrom = (row: ReportRow): AuditReport => ({
  id: row.id as ReportId,
  authority: row.authorityId as AuthorityId,
  format: row.format as ReportFormat,
  status: row.status as ReportStatus,
  through: row.through,
  attempts: row.attempts,
  rows: row.rows,
  total: row.total ?? undefined,
  createdAt: row.createdAt,
  finishedAt: row.finishedAt ?? undefined,
  file: row.size === null || row.sha256 === null ? undefined : { size: row.size, sha256: row.sha256 },
  failure: row.failure ?? undefined,
  bucket: row.bucket ?? undefined,
})
