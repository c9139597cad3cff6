import type { ReportFileFacts, ReportOrder, ReportProgress } from '../domain/audit-reports.ts'

export type MadeReport = { readonly rows: number; readonly file: ReportFileFacts }

/** Makes audit reports where it doesn't hold up anybody who issues. */
export type ReportMaker = {
  /**
   * Makes the file of an attempt. When it fails or is stopped, nothing finished is left.
   * @param told of how far it is, about once a second
   * @throws unavailable when the disk is full
   */
  make(
    order: ReportOrder,
    told: (progress: ReportProgress) => void,
    stopping: AbortSignal,
  ): Promise<MadeReport>
}
