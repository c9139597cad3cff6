import type { ReportAttempt, ReportFileFacts } from '../domain/audit-reports.ts'

/** Where audit reports are kept. What a file is called is made of ids and numbers of ours. */
export type ReportFiles = {
  /** Begins a file that nobody sees before it is finished. @throws unavailable when the disk is full */
  create(attempt: ReportAttempt): Promise<ReportSink>
  /** Octets of a finished file; undefined when there is none. */
  size(attempt: ReportAttempt): Promise<number | undefined>
  /**
   * A finished file in pieces; it is opened when the first one is asked for.
   * @param part octets up to but without `to`; all when absent
   */
  read(
    attempt: ReportAttempt,
    part?: { readonly from: number; readonly to: number },
  ): AsyncIterable<Uint8Array>
  /** Whatever there is of an attempt, finished or not. */
  remove(attempt: ReportAttempt): Promise<void>
  /** Every attempt that has left something. */
  list(): Promise<readonly ReportAttempt[]>
}

/** A file that is being written. */
export type ReportSink = {
  /** @throws unavailable when the disk is full */
  write(text: string): Promise<void>
  /** The file is on the disk, whole, under its name. @throws unavailable when the disk is full */
  finish(): Promise<ReportFileFacts>
  /** Nothing stays of it. */
  discard(): Promise<void>
}
