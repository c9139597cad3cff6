import type { CacheRule } from '../../core/domain/cache-rules.ts'
import { ALARM_KINDS } from '../../core/domain/repository-alarms.ts'
import { DAY, MINUTE, SECOND, type Millis } from '../../core/domain/time.ts'
import { retryDelay } from '../../core/domain/webhooks.ts'
import { tellOperator } from '../../core/operations/repository/tell-operator.ts'
import { watchRepository, type WatchPorts } from '../../core/operations/repository/watch-repository.ts'
import type { WatchedThing } from '../../core/operations/repository/watched-things.ts'
import type { OperatorWebhook } from '../../core/ports/operator-webhook.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { RepositoryClient } from '../../core/ports/repository-client.ts'
import type { Job } from './job.ts'

/** Two seconds of revocations are one message, however many they are. */
const EVERY = 2 * SECOND
const LONGEST_PAUSE = 5 * MINUTE

type TellingPorts = Parameters<typeof tellOperator>[0] & Pick<Ports, 'logger'>

/** Tells the operator's webhook what happened in the repository; leaves a receiver alone that fails, for longer each time. */
export function tellOperatorJob(
  ports: TellingPorts,
  webhook: OperatorWebhook,
  onFailures: (failures: number) => void,
): Job {
  let failures = 0
  let retryAt: Millis = 0
  return {
    name: 'tell-operator',
    every: EVERY,
    run: async (stopping) => {
      if (ports.clock.now() < retryAt) return {}
      const { told, failure } = await tellOperator(ports, webhook, stopping)
      if (stopping.aborted) return { told }
      failures = failure === undefined ? 0 : told > 0 ? 1 : failures + 1
      onFailures(failures)
      if (failure !== undefined) {
        retryAt = ports.clock.now() + Math.min(retryDelay(failures, 0.5), LONGEST_PAUSE)
        ports.logger.warn({ failure, failures }, 'the operator’s webhook could not be told')
      }
      return { told }
    },
  }
}

/** What is watched, for the metrics. */
export type WatchFigures = {
  repositoryLifeUsed(kind: string, share: number): void
  repositoryAlarms(kind: string, alarms: number): void
}

/** Alarms that are over are kept this long. */
const ALARMS_KEPT = 90 * DAY

/** Looks at the public repository as its clients do; one server does it for all. */
export function watchRepositoryJob(
  ports: WatchPorts,
  client: RepositoryClient,
  cacheRules: readonly CacheRule[],
  figures: WatchFigures,
): Job {
  let last: WatchedThing | undefined
  return {
    name: 'watch-repository',
    every: MINUTE,
    run: async (stopping) => {
      const report = await watchRepository(ports, client, cacheRules, last, stopping)
      last = report.last
      for (const [kind, share] of Object.entries(report.lifeUsed)) figures.repositoryLifeUsed(kind, share)
      const before = ports.clock.now() - ALARMS_KEPT
      await ports.store.transact((writes) => [writes.repository.dropAlarmsBefore(before)])
      return { raised: report.raised, ended: report.ended }
    },
  }
}

/** Alarms that are counted one by one. */
const MOST_COUNTED = 1000

/** How many alarms there are, for each server's metrics. */
export const countAlarmsJob = (ports: Pick<Ports, 'store'>, figures: WatchFigures): Job => ({
  name: 'count-repository-alarms',
  every: MINUTE / 2,
  everywhere: true,
  run: async () => {
    const alarms = await ports.store.reads.repository.alarms(MOST_COUNTED)
    for (const kind of ALARM_KINDS)
      figures.repositoryAlarms(kind, alarms.filter(({ subject }) => subject.startsWith(`${kind}/`)).length)
    return {}
  },
})
