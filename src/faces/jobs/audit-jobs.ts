import { SECOND } from '../../core/domain/time.ts'
import type { CheckpointKeyPorts } from '../../core/operations/audit/checkpoint-key.ts'
import { makeCheckpoint } from '../../core/operations/audit/make-checkpoint.ts'
import type { CheckpointKeeper } from '../../core/ports/checkpoint-keeper.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

type JobPorts = CheckpointKeyPorts & Pick<Ports, 'logger'>

/** What the jobs measure. */
export type AuditFigures = {
  /** Of the last event that a signed checkpoint outside the database attests, in milliseconds since the epoch. */
  auditCheckpoint(at: number): void
}

/**
 * Signs where the audit trail stands and takes that outside the database, to every keeper. One that fails gets the next
 * checkpoint instead, which says all that the one before said.
 */
export function checkpointJob(
  ports: JobPorts,
  keepers: readonly CheckpointKeeper[],
  figures: AuditFigures,
): Job {
  const kept = new Map<CheckpointKeeper, string>()
  return {
    name: 'audit-checkpoint',
    every: 10 * SECOND,
    run: async (stopping) => {
      const { checkpoint, publicKey } = await makeCheckpoint(ports)
      let failed = 0
      for (const keeper of keepers) {
        if (kept.get(keeper) === checkpoint.signature) continue
        try {
          await keeper.keep(checkpoint, publicKey, stopping)
          kept.set(keeper, checkpoint.signature)
        } catch (error) {
          failed++
          ports.logger.warn({ err: error, keeper: keeper.name }, 'an audit checkpoint could not be kept')
        }
      }
      if (failed === 0) figures.auditCheckpoint(checkpoint.at)
      return { failed }
    },
  }
}
