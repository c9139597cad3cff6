import { StoreConflict } from '../../core/domain/errors.ts'
import { SECOND, type Millis } from '../../core/domain/time.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

type RunnerPorts = Pick<Ports, 'store' | 'clock' | 'logger' | 'settings'>

/** A job's lease lasts for this many of its intervals, at least ten seconds: a dead server's jobs go on elsewhere. */
const LEASE_INTERVALS = 3

/**
 * Runs a job now, unless another server holds its lease.
 * @returns its report; undefined when it wasn't this server's turn
 */
export async function runJob(
  ports: RunnerPorts,
  job: Job,
  stopping: AbortSignal = new AbortController().signal,
): Promise<Readonly<Record<string, number>> | undefined> {
  if (job.everywhere !== true && !(await holdsLease(ports, job))) return undefined
  const report = await job.run(stopping)
  if (Object.values(report).some((count) => count > 0))
    ports.logger.info({ job: job.name, ...report }, 'job done')
  return report
}

async function holdsLease(ports: RunnerPorts, job: Job): Promise<boolean> {
  const now = ports.clock.now()
  const until = now + Math.max(10 * SECOND, LEASE_INTERVALS * job.every)
  try {
    await ports.store.transact((writes) => [
      writes.leases.take(`job/${job.name}`, ports.settings.serverId, now, until),
    ])
    return true
  } catch (error) {
    if (error instanceof StoreConflict) return false
    throw error
  }
}

export type Schedule = { stop(): Promise<void> }

/** Runs each job on its interval, never twice at a time here; a failure is logged and the next turn comes all the same. */
export function startJobs(ports: RunnerPorts, jobs: readonly Job[]): Schedule {
  const running = new Set<Promise<unknown>>()
  const stopping = new AbortController()
  const timers = jobs.map((job) => {
    let busy = false
    const turn = (): void => {
      if (busy) return
      busy = true
      const done = runJob(ports, job, stopping.signal)
        .catch((error: unknown) => ports.logger.error({ err: error, job: job.name }, 'job failed'))
        .finally(() => {
          busy = false
          running.delete(done)
        })
      running.add(done)
    }
    return interval(turn, job.every)
  })
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer)
      stopping.abort()
      await Promise.all(running)
      await giveBack(ports, jobs)
    },
  }
}

/** Another server needn't wait until they end. */
async function giveBack(ports: RunnerPorts, jobs: readonly Job[]): Promise<void> {
  const { serverId } = ports.settings
  const alone = jobs.filter((job) => job.everywhere !== true)
  try {
    await ports.store.transact((writes) =>
      alone.map((job) => writes.leases.release(`job/${job.name}`, serverId)),
    )
  } catch (error) {
    ports.logger.error({ err: error }, 'could not give back the jobs’ leases; they end by themselves')
  }
}

/** Doesn't keep the process alive: a server that has stopped listening may end. */
function interval(turn: () => void, every: Millis): NodeJS.Timeout {
  const timer = setInterval(turn, every)
  timer.unref()
  return timer
}
