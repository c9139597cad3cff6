import type { Principal } from '../../domain/access.ts'
import type { AuditReport } from '../../domain/audit-reports.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { attemptOf } from './report-attempt.ts'
import { reportAt, type ReportReference } from './report-reference.ts'

/** The audit reports of an authority, newest first. @throws not_found */
export async function listAuditReports(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly authority: string; readonly page: PageRequest },
): Promise<Page<AuditReport>> {
  await authorizeOnAuthority(ports, principal, 'chancery:ListAuditReports', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  return ports.store.reads.auditReports.list(authority.id, request.page)
}

/** @throws not_found */
export const describeAuditReport = (
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: ReportReference,
): Promise<AuditReport> =>
  reportAt(ports, principal, 'acm-pca:DescribeCertificateAuthorityAuditReport', reference)

export type ReportFile = {
  readonly report: AuditReport
  /** Octets. */
  readonly size: number
  readonly pieces: AsyncIterable<Uint8Array>
}

/**
 * The file of a finished report, which is read while it is sent.
 * @throws not_found, also when the file is gone; state_conflict while it isn't finished, or failed
 */
export async function readAuditReport(
  ports: Pick<Ports, 'store' | 'reportFiles'>,
  principal: Principal,
  reference: ReportReference,
): Promise<ReportFile> {
  const report = await reportAt(ports, principal, 'chancery:ReadAuditReport', reference)
  if (report.status === 'CREATING')
    throw new ChanceryError('state_conflict', 'report: it is still being made', {
      details: { status: report.status },
      retryAfterSeconds: 1,
    })
  if (report.status === 'FAILED')
    throw new ChanceryError('state_conflict', `report: it failed: ${report.failure ?? ''}`, {
      details: { status: report.status },
    })
  const size = await ports.reportFiles.size(attemptOf(report))
  // A backup has no reports: a database that was put back knows some whose files are nowhere.
  if (size === undefined || size !== report.file?.size)
    throw new ChanceryError('not_found', 'report: its file isn’t here any more; have another one made')
  return { report, size, pieces: ports.reportFiles.read(attemptOf(report)) }
}
