import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { MAX_REPORTS, type AuditReport, type ReportFormat } from '../../domain/audit-reports.ts'
import { bucketViolations } from '../../domain/buckets.ts'
import { auditEvent } from '../../domain/audit.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { ReportId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import { claimBucket, refuseForeignBucket, refuseLostBucket } from '../buckets/claim-bucket.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'

export type CreateReportRequest = Once & {
  /** Id, name or ARN. */
  readonly authority: string
  readonly format: ReportFormat
  /** Another place to read it at, by S3's means. */
  readonly bucket?: string | undefined
}

type CreatingPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>

/**
 * Has a report made of everything that an authority has issued until now, whoever asked for it. A job makes it; this
 * returns at once.
 * @throws not_found, request_invalid naming `bucket`, state_conflict for an authority whose state doesn't allow it and while another report of it is
 * being made, which is named; limit_exceeded
 */
export async function createAuditReport(
  ports: CreatingPorts,
  principal: Principal,
  request: CreateReportRequest,
): Promise<AuditReport> {
  await authorizeOnAuthority(
    ports,
    principal,
    'acm-pca:CreateCertificateAuthorityAuditReport',
    request.authority,
  )
  refuse('request_invalid', bucketViolations(request.bucket, 'bucket'))
  const authority = await findAuthority(ports, principal, request.authority)
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreateCertificateAuthorityAuditReport',
    authority: authority.id,
    attempt: (remember) => attempt(ports, principal, authority, request, remember),
    replay: async (id) => stillThere(await ports.store.reads.auditReports.get(authority.id, id as ReportId)),
  })
}

async function attempt(
  ports: CreatingPorts,
  principal: Principal,
  authority: Authority,
  { format, bucket }: CreateReportRequest,
  remember: Remember,
): Promise<AuditReport> {
  requireTransition(authority, 'report', ports.calendar.now())
  const { auditReports } = ports.store.reads
  if ((await auditReports.count(authority.id)) >= MAX_REPORTS)
    throw new ChanceryError(
      'limit_exceeded',
      `There are ${MAX_REPORTS} audit reports of the authority, as many as there may be; delete one first`,
      { details: { retryable: false } },
    )
  await refuseForeignBucket(ports, authority.account, bucket, 'bucket')
  const time = ports.clock.now()
  const report: AuditReport = {
    id: newUuid(ports.random, time) as ReportId,
    authority: authority.id,
    format,
    status: 'CREATING',
    through: await auditReports.lastPlace(),
    attempts: 0,
    rows: 0,
    total: undefined,
    createdAt: time,
    finishedAt: undefined,
    file: undefined,
    failure: undefined,
    bucket,
  }
  const event = auditEvent('CreateCertificateAuthorityAuditReport', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(authority, authority.id)],
    request: { auditReportResponseFormat: format, s3BucketName: bucket },
    response: { auditReportId: report.id },
  })
  try {
    await ports.store.transact((writes) => [
      ...claimBucket(ports, writes, authority.account, bucket),
      writes.auditReports.add(report),
      ...remember(writes, report.id),
      writes.audit.append(event),
    ])
  } catch (error) {
    refuseLostBucket(error, 'bucket')
    if (!(error instanceof StoreConflict && error.subject === 'auditReports.add')) throw error
    throw await alreadyRunning(ports, authority, error)
  }
  return report
}

async function alreadyRunning(
  ports: Pick<Ports, 'store'>,
  { id, name }: Authority,
  cause: Error,
): Promise<ChanceryError> {
  const running = await ports.store.reads.auditReports.running(id)
  const which = running === undefined ? 'Another audit report' : `The audit report ${running.id}`
  return new ChanceryError(
    'state_conflict',
    `authority: ${which} of “${name}” is being made; wait for it, or delete it`,
    { cause, ...(running === undefined ? {} : { details: { report: running.id } }) },
  )
}
