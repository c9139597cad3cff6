import type { AuditReport, ReportFileFacts, ReportProgress } from '../domain/audit-reports.ts'
import type { AuthorityId, ReportId } from '../domain/ids.ts'
import type { ReportRow } from '../domain/report-rows.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** An attempt that is being made: a write about it that meets another one, or none, is refused. */
export type Attempt = Pick<AuditReport, 'id' | 'attempts'>

/** Writes about audit reports. */
export type ReportWrites = {
  readonly auditReports: {
    /** Conflict `exists` while another one of the authority is being made. */
    add(report: AuditReport): Write
    /** Begins the next attempt under this server's name; conflict `stale` when somebody else did. */
    take(report: Attempt, serverId: string): Write
    /** Conflict `stale` when the attempt isn't the one that counts any more. */
    progress(attempt: Attempt, progress: ReportProgress): Write
    /** Leaves it to whoever comes next; conflict `stale`. */
    release(attempt: Attempt): Write
    /** Conflict `stale`. */
    succeed(attempt: Attempt, rows: number, file: ReportFileFacts, at: Millis): Write
    /** Conflict `stale`. */
    fail(attempt: Attempt, failure: string, at: Millis): Write
    /** Conflict `stale` when there is none. */
    remove(id: ReportId): Write
  }
}

/** A certificate as a report needs it; its subject is still to be read. */
export type ReportedCertificate = Omit<ReportRow, 'subject'> & { readonly der: Uint8Array }

/** Which certificates: those of an authority up to a place. */
export type ReportScope = Pick<AuditReport, 'authority' | 'through'>

/** A part of them; `next` is where the following part begins, undefined at the end. */
export type ReportPage = {
  readonly certificates: readonly ReportedCertificate[]
  readonly next: number | undefined
}

/** Reads of what stands in reports, `limit` records at a time: each is over in milliseconds and leaves nothing open. */
export type ReportRows = {
  /** How many records there are: certificates, and the few that never came to be. */
  count(
    scope: ReportScope,
    after: number,
    limit: number,
  ): Promise<{ readonly records: number; readonly next: number | undefined }>
  /** Certificates that were issued, in order of issuing, whoever's they are. */
  page(scope: ReportScope, after: number, limit: number): Promise<ReportPage>
}

/** Reads about audit reports. */
export type ReportReads = {
  readonly auditReports: {
    get(authority: AuthorityId, id: ReportId): Promise<AuditReport | undefined>
    /** Whosever it is. */
    byId(id: ReportId): Promise<AuditReport | undefined>
    /** Newest first. */
    list(authority: AuthorityId, page: PageRequest): Promise<Page<AuditReport>>
    count(authority: AuthorityId): Promise<number>
    /** The one that is being made. */
    running(authority: AuthorityId): Promise<AuditReport | undefined>
    /** The oldest one that nobody is making: `serverId` isn't, nor is a server whose lease is live at `systemNow`. */
    due(serverId: string, systemNow: Millis): Promise<AuditReport | undefined>
    olderThan(time: Millis, limit: number): Promise<readonly AuditReport[]>
    /** Place of the last certificate on record, of whichever authority; 0 when there is none. */
    lastPlace(): Promise<number>
  }
}
