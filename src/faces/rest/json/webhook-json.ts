import type { DeliveryJson, WebhookJson } from '../../../contract/schemas/webhooks.ts'
import { arns } from '../../../core/domain/arns.ts'
import { isoOf, type Millis } from '../../../core/domain/time.ts'
import type { Delivery, Webhook } from '../../../core/domain/webhooks.ts'
import { defined } from '../defined.ts'

/** A webhook; nothing of its secrets. @param now from the system clock */
export function webhookJson(webhook: Webhook, now: Millis): WebhookJson {
  const { id, url, shape, events, state, reason, failures, previousSecret } = webhook
  return {
    id,
    arn: arns.webhook(webhook, id),
    url,
    shape,
    state,
    failures,
    ...defined({
      events: events === undefined ? undefined : [...events],
      reason,
      failingSince: isoOrNone(webhook.failingSince),
      retryAt: isoOrNone(webhook.retryAt),
      previousSecretUntil:
        previousSecret !== undefined && previousSecret.until > now ? isoOf(previousSecret.until) : undefined,
    }),
    createdAt: isoOf(webhook.createdAt),
    updatedAt: isoOf(webhook.updatedAt),
  }
}

/** A delivery with what its last attempt came to. */
export function deliveryJson({ id, event, state, attempts, dueAt, createdAt, last }: Delivery): DeliveryJson {
  const lastAttempt = last === undefined ? undefined : { ...defined(last), at: isoOf(last.at) }
  return {
    id,
    state,
    attempts,
    ...defined({ event: event?.id, type: event?.name, nextAttemptAt: isoOrNone(dueAt), lastAttempt }),
    createdAt: isoOf(createdAt),
  }
}

const isoOrNone = (time: Millis | undefined): string | undefined =>
  time === undefined ? undefined : isoOf(time)
