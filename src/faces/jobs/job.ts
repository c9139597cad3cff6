import type { Millis } from '../../core/domain/time.ts'

/** Work that is due now and again; running it twice does no harm. */
export type Job = {
  readonly name: string
  readonly every: Millis
  /**
   * Everything due now; the report goes into the log when it says that something was done.
   * @param stopping aborted when the server stops: what takes long ends early
   */
  readonly run: (stopping: AbortSignal) => Promise<Readonly<Record<string, number>>>
  /** On each server, instead of on one at a time. */
  readonly everywhere?: boolean
}
