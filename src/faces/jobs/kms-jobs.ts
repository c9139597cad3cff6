import { ChanceryError } from '../../core/domain/errors.ts'
import { MINUTE, SECOND, type Millis } from '../../core/domain/time.ts'
import { rewrapDue } from '../../core/operations/kms/rewrap-due.ts'
import { dueOf, keysUnder } from '../../core/operations/kms/rotations.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

/** What the jobs count, for the metrics. */
export type KmsFigures = {
  kmsRewrapped(kms: string, keys: number): void
  kmsToRewrap(kms: string, keys: number): void
}

const EVERY = 10 * SECOND
/** A turn ends before the next one begins, which prolongs the lease. */
const TURN = 9 * SECOND
/**
 * Between two batches the threads belong to who issues: this leaves them nine tenths of both, and still wraps some two
 * thousand keys a second. Measured by `npm run bench -- rewrap`.
 */
const REST: Millis = 20

type JobPorts = Parameters<typeof rewrapDue>[0]

/** Wraps anew what a rotation left behind, at a pace that leaves room for issuing. */
export const rewrapJob = (ports: JobPorts, figures: KmsFigures): Job => ({
  name: 'rewrap-keys',
  every: EVERY,
  run: async (stopping) => {
    const end = ports.clock.now() + TURN
    const report = { rewrapped: 0, unopened: 0 }
    for await (const batch of rewrapDue(ports)) {
      figures.kmsRewrapped(batch.kms, batch.rewrapped)
      report.rewrapped += batch.rewrapped
      report.unopened += batch.unopened
      if (stopping.aborted || ports.clock.now() >= end) break
      await new Promise((resolve) => setTimeout(resolve, REST))
    }
    return report
  },
})

/** Asks each KMS whether it works, and counts what is to be wrapped anew: what readiness and metrics know of it. */
export const kmsCheckJob = (ports: Pick<Ports, 'store' | 'kms'>, figures: KmsFigures): Job => ({
  name: 'check-kms',
  every: MINUTE / 2,
  everywhere: true,
  run: async () => {
    await Promise.all(ports.kms.names.map((name) => checkKms(ports, name, figures)))
    return {}
  },
})

/** What is found stays in the port, and is no failure of the job. */
async function checkKms(
  ports: Pick<Ports, 'store' | 'kms'>,
  name: string,
  figures: KmsFigures,
): Promise<void> {
  try {
    await ports.kms.check(name)
    const { keks } = await dueOf(ports, name)
    figures.kmsToRewrap(name, await keysUnder(ports, keks))
  } catch (error) {
    if (!(error instanceof ChanceryError && error.code === 'kms_unavailable')) throw error
  }
}
