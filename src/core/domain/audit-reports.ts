import type { Arn } from './arns.ts'
import type { AuthorityId, ReportId } from './ids.ts'
import { DAY, type Millis } from './time.ts'

export const REPORT_FORMATS = ['CSV', 'JSON'] as const
export type ReportFormat = (typeof REPORT_FORMATS)[number]

/** As AWS Private CA has them. */
export const REPORT_STATUSES = ['CREATING', 'SUCCESS', 'FAILED'] as const
export type ReportStatus = (typeof REPORT_STATUSES)[number]

/** How long a report is kept, by the system clock: it is a copy, and whoever needs it longer has downloaded it. */
export const REPORT_KEPT = 30 * DAY
/** Reports of one authority, at most: each may be as large as the database. */
export const MAX_REPORTS = 100
/** After so many attempts that ended with their server the report is given up: it may be what ends them. */
export const MAX_ATTEMPTS = 10

/** A list of everything that an authority issued. All times are the system clock's. */
export type AuditReport = {
  readonly id: ReportId
  readonly authority: AuthorityId
  readonly format: ReportFormat
  readonly status: ReportStatus
  /** Place of the last certificate that was on record when it was asked for. */
  readonly through: number
  /** How often it was begun. */
  readonly attempts: number
  /** Certificates written so far. */
  readonly rows: number
  /** How many there will be, at most, and exactly when it is made; undefined until they have been counted. */
  readonly total: number | undefined
  readonly createdAt: Millis
  readonly finishedAt: Millis | undefined
  /** With SUCCESS. */
  readonly file: ReportFileFacts | undefined
  /** With FAILED, for people. */
  readonly failure: string | undefined
  /** What else it can be read in, by S3's means; its key there is made of its ids. */
  readonly bucket: string | undefined
}

export type ReportFileFacts = {
  /** Octets. */
  readonly size: number
  readonly sha256: Uint8Array
}

/** One attempt at a report: its file belongs to no other. */
export type ReportAttempt = {
  readonly report: ReportId
  /** From 1. */
  readonly attempt: number
  readonly format: ReportFormat
}

/** What is to be made. */
export type ReportOrder = ReportAttempt & {
  readonly authority: AuthorityId
  readonly authorityArn: Arn
  readonly through: number
}

export type ReportProgress = { readonly rows: number; readonly total: number }
