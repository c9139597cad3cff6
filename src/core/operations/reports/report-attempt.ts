import type { AuditReport, ReportAttempt } from '../../domain/audit-reports.ts'

/** The last attempt at a report: what its file is called by. */
export const attemptOf = ({ id, attempts, format }: AuditReport): ReportAttempt => ({
  report: id,
  attempt: attempts,
  format,
})
