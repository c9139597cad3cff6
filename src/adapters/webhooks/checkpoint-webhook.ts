import { checkpointLine } from '../../core/domain/audit-trail.ts'
import type { SystemClock } from '../../core/ports/calendar.ts'
import type { CheckpointKeeper } from '../../core/ports/checkpoint-keeper.ts'
import type { OperatorWebhook } from '../../core/ports/operator-webhook.ts'

/** Sends each checkpoint, with the public key beside it, to the operator's receiver: any 2xx answer says that it is kept. */
export const checkpointWebhook = (webhook: OperatorWebhook, clock: SystemClock): CheckpointKeeper => ({
  name: 'the webhook for checkpoints',
  keep: async (checkpoint, publicKey, stopping) => {
    const body = Buffer.from(
      `${checkpointLine(checkpoint).slice(0, -1)},${JSON.stringify({ publicKey }).slice(1)}`,
    )
    const id = `checkpoint-${checkpoint.installation}-${checkpoint.id}`
    const answer = await webhook.send({ id, at: clock.now(), body, mediaType: 'application/json' }, stopping)
    if ('failure' in answer) throw new Error(answer.failure)
    if (answer.status < 200 || answer.status > 299) throw new Error(`it answered ${answer.status}`)
  },
})
