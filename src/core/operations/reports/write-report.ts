import type { ReportOrder, ReportProgress } from '../../domain/audit-reports.ts'
import { reportText } from '../../domain/report-rows.ts'
import { reportSubject } from '../../x509/report-subject.ts'
import type { ReportFiles, ReportSink } from '../../ports/report-files.ts'
import type { MadeReport } from '../../ports/report-maker.ts'
import type { ReportRows } from '../../ports/report-store.ts'

/** Records read in one go: some two milliseconds, after which whoever shares the thread has its turn. */
const PAGE = 250
/** Counting reads no certificate. */
const COUNTED = 50_000

type WritingPorts = { readonly rows: ReportRows; readonly files: ReportFiles }

/**
 * Writes the file of a report, part by part: memory doesn't grow with it, and no read of the database lasts longer than
 * a part. It has every certificate that was issued when the report was asked for; whether one is revoked is as of the
 * moment in which its part is read.
 * @param told after each part
 * @throws unavailable when the disk is full, the reason of `stopping`; nothing is left of the file then
 */
export async function writeReport(
  { rows, files }: WritingPorts,
  order: ReportOrder,
  told: (progress: ReportProgress) => void,
  stopping: AbortSignal,
): Promise<MadeReport> {
  const total = await counted(rows, order)
  const sink = await files.create(order)
  try {
    const written = await writeRows(sink, rows, order, stopping, (done) => told({ rows: done, total }))
    return { rows: written, file: await sink.finish() }
  } catch (error) {
    await sink.discard()
    throw error
  }
}

async function writeRows(
  sink: ReportSink,
  rows: ReportRows,
  order: ReportOrder,
  stopping: AbortSignal,
  told: (written: number) => void,
): Promise<number> {
  const text = reportText(order.format, order.authorityArn)
  let written = 0
  let writing = sink.write(text.head)
  for (let after: number | undefined = 0; after !== undefined;) {
    stopping.throwIfAborted()
    const page = await rows.page(order, after, PAGE)
    let part = ''
    for (const { der, ...certificate } of page.certificates)
      part += text.row({ ...certificate, subject: reportSubject(der) }, written++ === 0)
    // A part is put together while the one before it is written; then others have their turn.
    await writing
    writing = sink.write(part)
    told(written)
    after = page.next
  }
  await writing
  await sink.write(text.tail)
  return written
}

async function counted(rows: ReportRows, order: ReportOrder): Promise<number> {
  let total = 0
  for (let after: number | undefined = 0; after !== undefined;) {
    const { records, next } = await rows.count(order, after, COUNTED)
    total += records
    after = next
  }
  return total
}
