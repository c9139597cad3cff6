/** Makes one audit report and ends; see reports.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { createReportFiles } from '../adapters/files/report-files.ts'
import { openReadable } from '../adapters/prisma/connection.ts'
import { reportRows } from '../adapters/prisma/reads/report-rows.ts'
import { ChanceryError } from '../core/domain/errors.ts'
import { writeReport } from '../core/operations/reports/write-report.ts'
import type { ReportThreadMessage, ReportThreadStart } from './reports.ts'

const { database, directory, order } = workerData as ReportThreadStart
const say = (message: ReportThreadMessage): void => parentPort?.postMessage(message)
const db = openReadable(database)
try {
  const ports = { rows: reportRows(db), files: createReportFiles(directory) }
  // The one who asked ends this thread when it is to stop.
  const never = new AbortController().signal
  say({ made: await writeReport(ports, order, (progress) => say({ progress }), never) })
} catch (error) {
  // An error class doesn't survive the way to another thread.
  if (!(error instanceof ChanceryError)) throw error
  say({ refused: { code: error.code, message: error.message } })
} finally {
  db.close()
}
