import type { Job } from '../faces/jobs/job.ts'
import { countOutgoingJob, storeObjectsJob } from '../faces/jobs/object-jobs.ts'
import type { Composition } from './compose.ts'
import type { Loaded } from './config.ts'

/** Writing to the operator's storage, where there is one. */
export async function objectStorageJobs(
  { config, secrets }: Loaded,
  { ports, metrics }: Composition,
): Promise<readonly Job[]> {
  const credentials = secrets.objectStorage()
  if (config.objectStorage === undefined || credentials === undefined) return []
  const { createObjectStorage } = await import('../adapters/s3/object-storage.ts')
  const storage = createObjectStorage({
    ...config.objectStorage,
    ...{ credentials, ca: config.outbound.ca, clock: ports.clock, version: ports.settings.version },
  })
  return [storeObjectsJob(ports, storage, metrics), countOutgoingJob(ports, metrics)]
}
