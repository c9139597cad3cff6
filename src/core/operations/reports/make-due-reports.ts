import { arns } from '../../domain/arns.ts'
import { MAX_ATTEMPTS, type AuditReport, type ReportProgress } from '../../domain/audit-reports.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { SECOND } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { MadeReport } from '../../ports/report-maker.ts'
import { outgoing } from '../buckets/outgoing.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { attemptOf } from './report-attempt.ts'

type MakingPorts = Pick<
  Ports,
  'store' | 'random' | 'reportFiles' | 'reportMaker' | 'calendar' | 'clock' | 'logger' | 'settings'
>
type Outcome = 'made' | 'failed' | 'left'

/** How far a report is, is put on record so often. */
const TOLD_EVERY = SECOND

/**
 * Makes the reports that nobody is making, one after the other. Each is this server's own while its lease lasts; one
 * that a server left behind, because it died or was stopped, is begun anew.
 */
export async function makeDueReports(
  ports: MakingPorts,
  stopping: AbortSignal = new AbortController().signal,
): Promise<{ readonly made: number; readonly failed: number }> {
  const report = { made: 0, failed: 0, left: 0 }
  while (!stopping.aborted) {
    const due = await ports.store.reads.auditReports.due(ports.settings.serverId, ports.clock.now())
    if (due === undefined) break
    report[await makeOne(ports, due, stopping)]++
  }
  return { made: report.made, failed: report.failed }
}

async function makeOne(ports: MakingPorts, due: AuditReport, stopping: AbortSignal): Promise<Outcome> {
  if (!(await written(ports, (w) => [w.auditReports.take(due, ports.settings.serverId)]))) return 'left'
  // What an earlier attempt has left is nobody's any more.
  if (due.attempts > 0) await ports.reportFiles.remove(attemptOf(due))
  const report = { ...due, attempts: due.attempts + 1 }
  if (report.attempts > MAX_ATTEMPTS)
    return failed(ports, report, `It was given up: ${MAX_ATTEMPTS} attempts ended with their server`)
  let made: MadeReport
  try {
    made = await attempted(ports, report, stopping)
  } catch (error) {
    await ports.reportFiles.remove(attemptOf(report))
    if (error instanceof Superseded) return 'left'
    if (!stopping.aborted) return failed(ports, report, reasonFor(ports, report, error))
    await written(ports, (writes) => [writes.auditReports.release(report)])
    return 'left'
  }
  const { rows, file } = made
  const told = await toldOf(ports, report, 'success')
  const done = await written(ports, (writes) => [
    writes.auditReports.succeed(report, rows, file, ports.clock.now()),
    ...outgoing(ports, writes, report.bucket, [
      { kind: 'report', authority: report.authority, report: report.id },
    ]),
    ...told(writes),
  ])
  if (done) return 'made'
  await ports.reportFiles.remove(attemptOf(report))
  return 'left'
}

/** Another server has begun the report anew, or somebody has deleted it. */
class Superseded extends Error {}

/** Makes the file; ends early when the attempt doesn't count any more. */
async function attempted(
  ports: MakingPorts,
  report: AuditReport,
  stopping: AbortSignal,
): Promise<MadeReport> {
  const authority = await ports.store.reads.authorities.public(report.authority)
  if (authority === undefined) throw new ChanceryError('not_found', 'The authority is gone')
  const superseded = new AbortController()
  const tell = teller(ports, report, () => superseded.abort(new Superseded('another attempt counts')))
  return ports.reportMaker.make(
    {
      ...attemptOf(report),
      authority: report.authority,
      authorityArn: arns.authority(authority, authority.id),
      through: report.through,
    },
    tell,
    AbortSignal.any([stopping, superseded.signal]),
  )
}

/** Puts on record how far it is, now and then, one write at a time; an error of these is none of the report's. */
function teller(
  ports: MakingPorts,
  report: AuditReport,
  superseded: () => void,
): (progress: ReportProgress) => void {
  let writing = false
  let told = 0
  return (progress) => {
    const now = ports.clock.now()
    if (writing || now - told < TOLD_EVERY) return
    told = now
    writing = true
    written(ports, (writes) => [writes.auditReports.progress(report, progress)])
      .then(
        (stands) => {
          if (!stands) superseded()
        },
        (error: unknown) => ports.logger.warn({ err: error, report: report.id }, 'progress not recorded'),
      )
      .finally(() => (writing = false))
  }
}

async function failed(ports: MakingPorts, report: AuditReport, failure: string): Promise<Outcome> {
  const told = await toldOf(ports, report, 'failure')
  const stands = await written(ports, (writes) => [
    writes.auditReports.fail(report, failure, ports.clock.now()),
    ...told(writes),
  ])
  return stands ? 'failed' : 'left'
}

/** What tells of a report's end; nothing where its authority is gone. */
async function toldOf(ports: MakingPorts, { id, authority }: AuditReport, result: 'success' | 'failure') {
  const owner = await ports.store.reads.authorities.public(authority)
  if (owner === undefined) return () => []
  const happening = { name: 'AUDIT_REPORT_GENERATION', result, report: id } as const
  return toldOfAuthority(ports, owner, happening, ports.calendar.now())
}

/** For people; what isn't meant for them is in the log only. */
function reasonFor(ports: MakingPorts, { id }: AuditReport, error: unknown): string {
  ports.logger.error({ err: error, report: id }, 'an audit report could not be made')
  return error instanceof ChanceryError
    ? error.message
    : 'An error inside the server, which is in its log with the report’s id'
}

/** Whether the writes about an attempt were made: false when it doesn't count any more. @throws unavailable */
async function written(
  { store }: Pick<Ports, 'store'>,
  build: Parameters<Ports['store']['transact']>[0],
): Promise<boolean> {
  try {
    await store.transact(build)
    return true
  } catch (error) {
    if (error instanceof StoreConflict) return false
    throw error
  }
}
