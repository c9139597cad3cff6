import { HOUR, MINUTE, SECOND, type Millis } from '../../core/domain/time.ts'
import { lookAtStoredObjects } from '../../core/operations/buckets/outgoing.ts'
import { storeDueObjects, type StoringPorts } from '../../core/operations/buckets/store-objects.ts'
import type { ObjectStore } from '../../core/ports/object-store.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

/** What the jobs count, for the metrics. */
export type ObjectFigures = {
  objectsStored(outcome: 'stored' | 'failed', objects: number): void
  objectsWaiting(objects: number): void
}

/** Each CRL is looked at in the storage so often, though nothing is known to have happened to it. */
const LOOKED_AT_EVERY = HOUR

/** Writes to the operator's storage what has changed; one server does it for all. */
export function storeObjectsJob(ports: StoringPorts, storage: ObjectStore, figures: ObjectFigures): Job {
  let nextLook: Millis = 0
  return {
    name: 'store-objects',
    every: SECOND,
    run: async (stopping) => {
      if (ports.clock.now() >= nextLook) {
        await lookAtStoredObjects(ports)
        nextLook = ports.clock.now() + LOOKED_AT_EVERY
      }
      const report = await storeDueObjects(ports, storage, stopping)
      figures.objectsStored('stored', report.stored)
      figures.objectsStored('failed', report.failed)
      return report
    },
  }
}

/** How many objects wait to be written, for each server's metrics. */
export const countOutgoingJob = (ports: Pick<Ports, 'store'>, figures: ObjectFigures): Job => ({
  name: 'count-outgoing-objects',
  every: MINUTE / 2,
  everywhere: true,
  run: async () => {
    figures.objectsWaiting(await ports.store.reads.outgoingObjects.count())
    return {}
  },
})
