import type { AuditSink } from '../../core/ports/audit-sink.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { OperatorWebhook } from '../../core/ports/operator-webhook.ts'

/** Sends events to the operator's receiver as JSON lines: any 2xx answer says that it has them. */
export const streamWebhook = (webhook: OperatorWebhook, clock: SystemClock): AuditSink => ({
  name: 'the webhook for audit events',
  take: async (lines, first, last, stopping) => {
    const message = {
      id: `audit-${first}-${last}`,
      at: clock.now(),
      body: Buffer.from(lines),
      mediaType: 'application/x-ndjson',
    }
    const answer = await webhook.send(message, stopping)
    if ('failure' in answer) throw new Error(answer.failure)
    if (answer.status < 200 || answer.status > 299) throw new Error(`it answered ${answer.status}`)
  },
})
