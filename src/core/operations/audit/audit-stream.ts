import { ChanceryError } from '../../domain/errors.ts'
import { SECOND, type Millis } from '../../domain/time.ts'
import { retryDelay } from '../../domain/webhooks.ts'
import type { AuditSink } from '../../ports/audit-sink.ts'
import type { Ports } from '../../ports/ports.ts'
import { streamEvents } from './stream-events.ts'

/** A sink that fails is left alone for longer each time, up to this. */
const LONGEST_PAUSE = 30 * SECOND

export type AuditStream = {
  /** Gives the sink what it hasn't had, unless it failed a moment ago. @returns how many events it took */
  flush(stopping?: AbortSignal): Promise<number>
  /** @throws unavailable while the sink fails: a change that it wouldn't hear of isn't begun */
  admit(): void
  /** Resolves when the sink has all that is on record now. @throws unavailable */
  caughtUp(): Promise<void>
}

/** Streams events to a sink; calls at the same time share what is sent. */
export function auditStream(ports: Pick<Ports, 'store' | 'clock' | 'logger'>, sink: AuditSink): AuditStream {
  let failures = 0
  let retryAt: Millis = 0
  let running: Promise<number> | undefined
  let following: Promise<number> | undefined

  const run = async (stopping?: AbortSignal): Promise<number> => {
    try {
      const { streamed } = await streamEvents(ports, sink, stopping)
      failures = 0
      return streamed
    } catch (error) {
      failures++
      retryAt = ports.clock.now() + Math.min(retryDelay(failures, 0.5), LONGEST_PAUSE)
      ports.logger.warn({ err: error, sink: sink.name, failures }, 'the audit stream could not be written')
      throw error
    }
  }
  const begin = (stopping?: AbortSignal): Promise<number> => {
    const begun = run(stopping).finally(() => {
      if (running === begun) running = undefined
    })
    running = begun
    return begun
  }
  /** A run that begins from now on: one that is under way may have read before the caller's event was there. */
  const fresh = (): Promise<number> => {
    if (running === undefined) return begin()
    following ??= running
      .catch(() => 0)
      .then(() => {
        following = undefined
        return begin()
      })
    return following
  }
  return {
    flush: async (stopping) => {
      if (ports.clock.now() < retryAt) return 0
      try {
        return await (running ?? begin(stopping))
      } catch {
        return 0
      }
    },
    admit: () => {
      if (failures === 0) return
      throw unavailable('The audit stream can’t be written, so nothing is changed; try again')
    },
    caughtUp: async () => {
      try {
        await fresh()
      } catch (error) {
        throw unavailable('This was done and is on record, but the audit stream could not be told', error)
      }
    },
  }
}

const unavailable = (message: string, cause?: unknown): ChanceryError =>
  new ChanceryError('unavailable', message, { cause, retryAfterSeconds: 5 })
