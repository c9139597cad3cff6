import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { auditIndexOf } from '../adapters/prisma/audit-index/index-reader.ts'
import { SECOND } from '../core/domain/time.ts'
import type { Logger } from '../core/ports/logger.ts'
import type { Job } from '../faces/jobs/job.ts'

/** What the thread is started with. */
export type IndexThreadStart = {
  readonly database: string
  readonly index: string
  /** Milliseconds for which it goes on without a word. */
  readonly wanted: number
}

/** While servers hand over, two may build it at once: each segment is one transaction, and is done once. */
const WANTED = 20 * SECOND

/**
 * Has the index of the audit trail built in a thread of its own, by one server at a time: reading a million records would
 * keep the main thread from issuing, and the writer has nothing to do with it.
 */
export function auditIndexJob(database: string, logger: Logger): Job & { stop(): Promise<void> } {
  let thread: Worker | undefined
  const start = (): Worker => {
    const file = new URL(`./audit-index-thread${extname(import.meta.url)}`, import.meta.url)
    const workerData: IndexThreadStart = { database, index: auditIndexOf(database), wanted: WANTED }
    const started = new Worker(file, {
      workerData,
      env: {},
      execArgv: [],
      // Left alone, V8 keeps 50 MiB for what is young; with 4 it takes no more time.
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
    })
    started.on('error', (error) => logger.error({ err: error }, 'the audit index could not be built'))
    started.on('exit', () => (thread = undefined))
    started.unref()
    return started
  }
  return {
    name: 'index-audit',
    every: 5 * SECOND,
    run: async () => {
      thread ??= start()
      thread.postMessage('go on')
      return {}
    },
    stop: async () => {
      const running = thread
      if (running === undefined) return
      const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
      running.postMessage('end')
      await gone
    },
  }
}
