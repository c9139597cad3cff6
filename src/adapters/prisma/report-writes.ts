import type { ReportWrites } from '../../core/ports/report-store.ts'
import { blob, orNull, write } from './wire-values.ts'

/** Writes about audit reports, as data. */
export const reportWrites: ReportWrites = {
  auditReports: {
    add: (r) =>
      write(
        'auditReports.add',
        r.id,
        r.authority,
        r.format,
        r.status,
        r.through,
        r.attempts,
        r.rows,
        r.createdAt,
        orNull(r.bucket),
      ),
    take: ({ id, attempts }, serverId) => write('auditReports.take', serverId, id, attempts),
    progress: ({ id, attempts }, { rows, total }) =>
      write('auditReports.progress', rows, total, id, attempts),
    release: ({ id, attempts }) => write('auditReports.release', id, attempts),
    succeed: ({ id, attempts }, rows, { size, sha256 }, at) =>
      write('auditReports.succeed', rows, rows, size, blob(sha256), at, id, attempts),
    fail: ({ id, attempts }, failure, at) => write('auditReports.fail', failure, at, id, attempts),
    remove: (id) => write('auditReports.remove', id),
  },
}
