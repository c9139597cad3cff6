import type { Delivery, Webhook } from '../../core/domain/webhooks.ts'
import type { WebhookWrites } from '../../core/ports/webhook-store.ts'
import { blob, jsonOrNull, orNull, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** As data: webhooks, what is sent to them, and what messages are signed with. */
export const webhookWrites: WebhookWrites = {
  webhooks: {
    add: (w) =>
      write('webhooks.add', w.id, w.account, w.region, w.revision, w.position, w.createdAt, ...changing(w)),
    replace: (before, after) => write('webhooks.replace', ...changing(after), before.id, before.revision),
    remove: (w) => write('webhooks.remove', w.id, w.revision),
    advance: (id, from, to) => write('webhooks.advance', to, id, from),
    recovered: (id, at) => write('webhooks.recovered', id, orNull(at)),
    failed: (id, at, retryAt) => write('webhooks.failed', at, orNull(retryAt), id),
    disable: (id, reason, at) => write('webhooks.disable', reason, at, id),
  },
  deliveries: {
    add: (d) =>
      write(
        'deliveries.add',
        d.id,
        d.webhook,
        orNull(d.event?.id),
        orNull(d.event?.name),
        d.deadline,
        d.createdAt,
        ...attempted(d),
      ),
    record: (before, after) => write('deliveries.record', ...attempted(after), before.id, before.attempts),
    again: (id, at, deadline) => write('deliveries.again', at, deadline, id),
    dropOlderThan: (time, limit) => write('deliveries.dropOlderThan', limit, time),
  },
  secrets: {
    add: (s) =>
      write(
        'keys.add',
        s.id,
        s.account,
        s.region,
        s.purpose,
        'HMAC_SHA256',
        new Uint8Array(),
        s.provider,
        s.kekId,
        s.kekVersion,
        blob(s.sealed),
        s.createdAt,
      ),
  },
}

/** In the order of WEBHOOK_CHANGING. */
const changing = (w: Webhook): WireValue[] => [
  w.url,
  w.shape,
  jsonOrNull(w.events),
  w.state,
  orNull(w.reason),
  w.failures,
  orNull(w.failingSince),
  orNull(w.retryAt),
  w.secret,
  orNull(w.previousSecret?.key),
  orNull(w.previousSecret?.until),
  w.updatedAt,
]

/** In the order of DELIVERY_ATTEMPTED. */
const attempted = (d: Delivery): WireValue[] => [d.state, d.attempts, orNull(d.dueAt), jsonOrNull(d.last)]
