import type { Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import type { AuditReport } from '../../domain/audit-reports.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isReportId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'

export type ReportReference = {
  /** Id, name or ARN. */
  readonly authority: string
  readonly report: string
}

/**
 * A report of an authority of the caller's place, whatever state that is in.
 * @throws not_found, alike for an authority and a report that aren't there
 */
export async function reportAt(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: ReportReference,
): Promise<AuditReport> {
  await authorizeOnAuthority(ports, principal, action, reference.authority)
  const authority = await findAuthority(ports, principal, reference.authority)
  const report = isReportId(reference.report)
    ? await ports.store.reads.auditReports.get(authority.id, reference.report)
    : undefined
  if (report !== undefined) return report
  throw new ChanceryError('not_found', 'report: the authority has no such audit report')
}
