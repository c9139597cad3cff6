import { SYSTEM_ACCOUNT } from '../../core/domain/ids.ts'
import { HOUR, SECOND, type Millis } from '../../core/domain/time.ts'
import { archiveAuditEvents, type ArchivePorts } from '../../core/operations/audit/archive-events.ts'
import type { AuditStream } from '../../core/operations/audit/audit-stream.ts'
import type { CheckpointKeyPorts } from '../../core/operations/audit/checkpoint-key.ts'
import { makeCheckpoint } from '../../core/operations/audit/make-checkpoint.ts'
import { systemPrincipal } from '../../core/operations/installation/initialize.ts'
import { streamedThrough } from '../../core/operations/audit/stream-events.ts'
import {
  archiveCertificates,
  type CertificateArchivingPorts,
} from '../../core/operations/certificates/archive-certificates.ts'
import type { CheckpointKeeper } from '../../core/ports/checkpoint-keeper.ts'
import type { Ports } from '../../core/ports/ports.ts'
import type { Job } from './job.ts'

type JobPorts = CheckpointKeyPorts & Pick<Ports, 'logger'>

/** What the jobs measure. */
export type AuditFigures = {
  /** Of the last event that a signed checkpoint outside the database attests, in milliseconds since the epoch. */
  auditCheckpoint(at: number): void
  /** Events that the stream has still to take. */
  auditStreamBehind(events: number): void
}

/**
 * Signs where the audit trail stands and takes that outside the database, to every keeper. One that fails gets the next
 * checkpoint instead, which says all that the one before said.
 */
export function checkpointJob(
  ports: JobPorts,
  keepers: readonly CheckpointKeeper[],
  figures: Pick<AuditFigures, 'auditCheckpoint'>,
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

/** Streams events as they happen. */
export const streamJob = (
  ports: Pick<Ports, 'store'>,
  stream: AuditStream,
  figures: Pick<AuditFigures, 'auditStreamBehind'>,
): Job => ({
  name: 'stream-audit',
  every: SECOND,
  run: async (stopping) => {
    await stream.flush(stopping)
    const { id } = await ports.store.reads.audit.head()
    figures.auditStreamBehind(id - (await streamedThrough(ports)))
    return {}
  },
})

/** Moves events that are old enough into archives. */
export const archiveJob = (ports: ArchivePorts & JobPorts, keep: Millis): Job => ({
  name: 'archive-audit',
  every: HOUR,
  run: async (stopping) => {
    const principal = systemPrincipal(ports, SYSTEM_ACCOUNT)
    let events = 0
    while (!stopping.aborted) {
      const archive = await archiveAuditEvents(ports, principal, ports.clock.now() - keep)
      if (archive === undefined) break
      events += archive.last - archive.first + 1
    }
    return { events }
  },
})

/** Moves certificates that ended long enough ago into archives. */
export const archiveCertificatesJob = (ports: CertificateArchivingPorts & JobPorts, keep: Millis): Job => ({
  name: 'archive-certificates',
  every: HOUR,
  run: async (stopping) => {
    const principal = systemPrincipal(ports, SYSTEM_ACCOUNT)
    let certificates = 0
    while (!stopping.aborted) {
      const archive = await archiveCertificates(ports, principal, ports.calendar.now() - keep)
      if (archive === undefined) break
      certificates += archive.last - archive.first + 1
    }
    return { certificates }
  },
})
