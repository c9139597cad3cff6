import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { ReportOrder, ReportProgress } from '../core/domain/audit-reports.ts'
import { ChanceryError, type ErrorCode } from '../core/domain/errors.ts'
import { writeReport } from '../core/operations/reports/write-report.ts'
import type { MadeReport, ReportMaker } from '../core/ports/report-maker.ts'

/** What the thread is started with. */
export type ReportThreadStart = {
  readonly database: string
  readonly directory: string
  readonly order: ReportOrder
}
/** What the thread says. */
export type ReportThreadMessage =
  | { readonly progress: ReportProgress }
  | { readonly made: MadeReport }
  | { readonly refused: { readonly code: ErrorCode; readonly message: string } }

/** Makes reports on the thread of whoever asks: for the fixture library, which does without threads. */
export const inlineReportMaker = (ports: Parameters<typeof writeReport>[0]): ReportMaker => ({
  make: (order, told, stopping) => writeReport(ports, order, told, stopping),
})

/**
 * Makes each report in a thread of its own, with its own connection to the database. On the main thread a million rows
 * would take several seconds of what issues and answers; a thread that is there all the time would keep memory for
 * something that happens once in a while.
 */
export const threadedReportMaker = (places: Omit<ReportThreadStart, 'order'>): ReportMaker => ({
  make: (order, told, stopping) =>
    new Promise<MadeReport>((resolve, reject) => {
      stopping.throwIfAborted()
      const thread = started({ ...places, order })
      const stop = (): void => {
        reject(stopping.reason as Error)
        void thread.terminate()
      }
      stopping.addEventListener('abort', stop, { once: true })
      thread.on('message', (message: ReportThreadMessage) => {
        if ('progress' in message) return told(message.progress)
        if ('made' in message) return resolve(message.made)
        reject(new ChanceryError(message.refused.code, message.refused.message))
      })
      thread.on('error', reject)
      thread.on('exit', (code) => {
        stopping.removeEventListener('abort', stop)
        // Whoever has had an answer doesn't hear this any more.
        reject(new Error(`the thread that made the report ended with ${code}`))
      })
    }),
})

function started(start: ReportThreadStart): Worker {
  // The compiled package has .js files. Of the environment only where compiled code is kept: none of the secrets.
  const file = new URL(`./report-thread${extname(import.meta.url)}`, import.meta.url)
  const compiled = getCompileCacheDir()
  const env = compiled === undefined ? {} : { NODE_COMPILE_CACHE: dirname(compiled) }
  const resourceLimits = { maxOldGenerationSizeMb: 128 }
  return new Worker(file, { workerData: start, env, execArgv: [], resourceLimits })
}
