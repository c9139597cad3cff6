import { checkpointFile } from '../adapters/files/checkpoint-file.ts'
import { streamFile } from '../adapters/files/stream-file.ts'
import { systemClock } from '../adapters/system/clock.ts'
import { checkpointWebhook } from '../adapters/webhooks/checkpoint-webhook.ts'
import { createOperatorWebhook } from '../adapters/webhooks/operator-webhook.ts'
import { streamWebhook } from '../adapters/webhooks/stream-webhook.ts'
import { auditStream } from '../core/operations/audit/audit-stream.ts'
import type { AuditSink } from '../core/ports/audit-sink.ts'
import type { CheckpointKeeper } from '../core/ports/checkpoint-keeper.ts'
import type { OperatorWebhook } from '../core/ports/operator-webhook.ts'
import { archiveCertificatesJob, archiveJob, checkpointJob, streamJob } from '../faces/jobs/audit-jobs.ts'
import type { Job } from '../faces/jobs/job.ts'
import { auditIndexJob } from './audit-index.ts'
import { filesIn, type Composition } from './compose.ts'
import type { Loaded } from './config.ts'

export type AuditWork = {
  readonly jobs: readonly Job[]
  /** A last checkpoint, when nothing is written any more; what it can't be signed or kept for is in the log. */
  stop(): Promise<void>
}

/** What becomes of the audit trail outside the database: checkpoints, an index, a stream and archives. */
export function auditWork(loaded: Loaded, { ports, metrics, store }: Composition): AuditWork {
  const { audit, dataDir } = loaded.config
  const checkpoint = checkpointJob(ports, keepersOf(loaded, ports.settings.version), metrics)
  const index = auditIndexJob(filesIn(dataDir).database, ports.logger)
  const sink = sinkOf(loaded, ports.settings.version)
  const stream = sink === undefined ? undefined : auditStream(ports, sink)
  if (stream !== undefined && audit.stream?.required === true) store.gateAudit(stream)
  return {
    jobs: [
      checkpoint,
      index,
      ...(stream === undefined ? [] : [streamJob(ports, stream, metrics)]),
      ...(audit.keep === undefined ? [] : [archiveJob(ports, audit.keep)]),
      ...(audit.keepCertificates === undefined
        ? []
        : [archiveCertificatesJob(ports, audit.keepCertificates)]),
    ],
    stop: async () => {
      await index.stop()
      try {
        // Opening the key is an event, too: the second one is of that.
        for (let turn = 0; turn < 2; turn++) await checkpoint.run(AbortSignal.timeout(LAST_WORDS))
      } catch (error) {
        ports.logger.error({ err: error }, 'could not sign a last audit checkpoint')
      }
      await stream?.flush(AbortSignal.timeout(LAST_WORDS))
    },
  }
}

function sinkOf(loaded: Loaded, version: string): AuditSink | undefined {
  const to = loaded.config.audit.stream?.to
  if (to === undefined) return undefined
  if ('file' in to) return streamFile(to.file)
  const webhook = webhookTo(to.url, loaded, version)
  return webhook === undefined ? undefined : streamWebhook(webhook, systemClock)
}

/** How long a receiver may take for the last checkpoint. */
const LAST_WORDS = 5_000

function keepersOf({ config, secrets }: Loaded, version: string): readonly CheckpointKeeper[] {
  const { checkpointFile: path, checkpointUrl } = config.audit
  const keepers = [checkpointFile(path ?? filesIn(config.dataDir).checkpoints)]
  const webhook = webhookTo(checkpointUrl, { config, secrets }, version)
  return webhook === undefined ? keepers : [...keepers, checkpointWebhook(webhook, systemClock)]
}

/** The operator's receiver at a URL; undefined where none is configured. */
function webhookTo(
  url: string | undefined,
  { config, secrets }: Loaded,
  version: string,
): OperatorWebhook | undefined {
  const secret = secrets.auditWebhook()
  if (url === undefined || secret === undefined) return undefined
  return createOperatorWebhook({ url, secret, version, ca: config.outbound.ca })
}
