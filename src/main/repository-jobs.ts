import { createRepositoryClient } from '../adapters/probe/repository-client.ts'
import { createOperatorWebhook } from '../adapters/webhooks/operator-webhook.ts'
import { CACHE_RULES } from '../core/domain/cache-rules.ts'
import type { Job } from '../faces/jobs/job.ts'
import { countAlarmsJob, tellOperatorJob, watchRepositoryJob } from '../faces/jobs/repository-jobs.ts'
import type { Composition } from './compose.ts'
import type { Loaded } from './config.ts'

/**
 * Watching the public repository, and telling the operator's webhook where there is one.
 * @param own where this server answers it
 */
export function repositoryJobs(
  { config, secrets }: Loaded,
  { ports, metrics, clientCertificate }: Composition,
  own: string,
): readonly Job[] {
  const { watchUrl, webhook: url, cacheRules } = config.repository
  const jobs: Job[] = [countAlarmsJob(ports, metrics)]
  if (watchUrl !== 'off') {
    const client = createRepositoryClient({ base: watchUrl ?? config.publicUrl ?? own })
    jobs.push(watchRepositoryJob(ports, client, [...cacheRules, ...CACHE_RULES], metrics))
  }
  const secret = secrets.repositoryWebhook()
  if (url !== undefined && secret !== undefined) {
    const { version } = ports.settings
    const webhook = createOperatorWebhook({ url, secret, version, ca: config.outbound.ca, clientCertificate })
    jobs.push(tellOperatorJob(ports, webhook, (failures) => metrics.operatorWebhookFailures(failures)))
  }
  return jobs
}
