import type { ReportJson } from '../../../contract/schemas/reports.ts'
import { reportKey } from '../../../core/domain/buckets.ts'
import { REPORT_KEPT, type AuditReport } from '../../../core/domain/audit-reports.ts'
import { isoOf } from '../../../core/domain/time.ts'
import { defined } from '../defined.ts'

/** An audit report as the API shows it. */
export function reportJson(report: AuditReport): ReportJson {
  const { id, authority, format, status, rows, total, createdAt, finishedAt, file, failure, bucket } = report
  const url = `/v1/authorities/${authority}/audit-reports/${id}`
  return {
    id,
    authority,
    format,
    status,
    rows,
    createdAt: isoOf(createdAt),
    keptUntil: isoOf(createdAt + REPORT_KEPT),
    key: reportKey(report),
    url,
    ...defined({ total, failure, bucket }),
    ...(finishedAt === undefined ? {} : { finishedAt: isoOf(finishedAt) }),
    ...(file === undefined
      ? {}
      : { size: file.size, sha256: Buffer.from(file.sha256).toString('hex'), fileUrl: `${url}/file` }),
  }
}
