import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { REPORT_KEPT, type AuditReport } from '../../domain/audit-reports.ts'
import { auditEvent } from '../../domain/audit.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { attemptOf } from './report-attempt.ts'
import { reportAt, type ReportReference } from './report-reference.ts'

/** Reports forgotten in one turn. */
const AT_ONCE = 100

/** Deletes a report with its file; one that is being made is given up. @throws not_found */
export async function deleteAuditReport(
  ports: Pick<Ports, 'store' | 'reportFiles' | 'random' | 'clock'>,
  principal: Principal,
  reference: ReportReference,
): Promise<void> {
  const report = await reportAt(ports, principal, 'chancery:DeleteAuditReport', reference)
  const time = ports.clock.now()
  const event = auditEvent('DeleteAuditReport', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, report.authority)],
    request: { auditReportId: report.id },
  })
  try {
    await ports.store.transact((writes) => [
      writes.auditReports.remove(report.id),
      writes.audit.append(event),
    ])
  } catch (error) {
    // Somebody else was first.
    if (!(error instanceof StoreConflict)) throw error
  }
  await ports.reportFiles.remove(attemptOf(report))
}

/**
 * Removes reports that have been kept long enough, and files that no report has: of attempts that ended with their
 * server, and of reports that were deleted meanwhile.
 */
export async function forgetAuditReports(
  ports: Pick<Ports, 'store' | 'reportFiles' | 'clock'>,
): Promise<{ readonly reports: number; readonly files: number }> {
  const { reads } = ports.store
  const old = await reads.auditReports.olderThan(ports.clock.now() - REPORT_KEPT, AT_ONCE)
  for (const report of old) await forget(ports, report)
  let files = 0
  for (const attempt of await ports.reportFiles.list()) {
    const report = await reads.auditReports.byId(attempt.report)
    // A file is only made after its attempt is on record: one of a later attempt than the record has can't be there.
    if (report?.attempts === attempt.attempt && report.status !== 'FAILED') continue
    await ports.reportFiles.remove(attempt)
    files++
  }
  return { reports: old.length, files }
}

async function forget(ports: Pick<Ports, 'store' | 'reportFiles'>, report: AuditReport): Promise<void> {
  try {
    await ports.store.transact((writes) => [writes.auditReports.remove(report.id)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
  }
  await ports.reportFiles.remove(attemptOf(report))
}
