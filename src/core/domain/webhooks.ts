import type { AccountEventName } from './authority-events.ts'
import type { EventShape } from './event-shapes.ts'
import type { AccountId, DeliveryId, EventId, KeyId, Region, WebhookId } from './ids.ts'
import { DAY, HOUR, MINUTE, SECOND, type Millis } from './time.ts'

/**
 * PAUSED by somebody: what happens meanwhile is delivered when it goes on. DISABLED by itself, after failing for long or
 * because the receiver answered 410: goes on as a paused one does.
 */
export const WEBHOOK_STATES = ['ACTIVE', 'PAUSED', 'DISABLED'] as const
export type WebhookState = (typeof WEBHOOK_STATES)[number]

/** Where an account's events are sent. Its times, and its deliveries', are the system clock's: networks know no calendar. */
export type Webhook = {
  readonly id: WebhookId
  readonly account: AccountId
  readonly region: Region
  /** Grows with each change by somebody. */
  readonly revision: number
  /** May hold what only its owner should know: never in logs and audit. */
  readonly url: string
  readonly shape: EventShape
  /** Only these; undefined: all of managed certificates. */
  readonly events: readonly AccountEventName[] | undefined
  readonly state: WebhookState
  /** Why it was disabled. */
  readonly reason: string | undefined
  /** Sequence of the last event that deliveries were made of. */
  readonly position: number
  /** Attempts that failed since the last that didn't. */
  readonly failures: number
  readonly failingSince: Millis | undefined
  /** The receiver is left alone until then. */
  readonly retryAt: Millis | undefined
  /** What messages are signed with. */
  readonly secret: KeyId
  /** Signs, too, for a while after a rotation. */
  readonly previousSecret: { readonly key: KeyId; readonly until: Millis } | undefined
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

export const DELIVERY_STATES = ['PENDING', 'DELIVERED', 'FAILED'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

/** What one attempt came to: the proof of delivery, or why there is none. */
export type Attempt = {
  readonly at: Millis
  readonly milliseconds: number
  /** The header `webhook-signature` that was sent; undefined when nothing was. */
  readonly signature: string | undefined
  /** The address that was connected to. */
  readonly address: string | undefined
  /** HTTP status of the answer. */
  readonly status: number | undefined
  /** SHA-256 of the answer's body, as far as it was read. */
  readonly responseSha256: string | undefined
  /** Why there was no answer. */
  readonly failure: string | undefined
}

/** One message to one webhook. */
export type Delivery = {
  readonly id: DeliveryId
  readonly webhook: WebhookId
  /** Undefined for a test message. */
  readonly event: { readonly id: EventId; readonly name: AccountEventName } | undefined
  readonly state: DeliveryState
  readonly attempts: number
  /** When the next attempt is due; undefined when it is settled. */
  readonly dueAt: Millis | undefined
  /** From then on a failed attempt is the last. */
  readonly deadline: Millis
  readonly createdAt: Millis
  readonly last: Attempt | undefined
}

/** An account and region has at most so many webhooks. */
export const MAX_WEBHOOKS = 20
/** How long a message is tried, and how long a webhook may fail before it is disabled. */
export const DELIVERY_PERIOD = 3 * DAY
/** How long the secret before a rotation signs, too. */
export const SECRET_OVERLAP = DAY

const FIRST_DELAY = 5 * SECOND
const LONGEST_DELAY = 6 * HOUR
/** A receiver that doesn't answer is tried again at least this often, by whatever is due. */
const LONGEST_PAUSE = 5 * MINUTE

/**
 * How long after a failed attempt the next one comes: 5 seconds, doubled each time, up to 6 hours; spread over a half
 * of that, so that what failed together doesn't come back together.
 * @param attempts how many have failed, from 1
 * @param spread from 0 to 1
 */
export function retryDelay(attempts: number, spread: number): Millis {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempts - 1, 30))
  return Math.round(full / 2 + (full / 2) * spread)
}

/**
 * What an answer means. `refused`: of this message, which is tried again while others go on; `down`: the receiver is
 * left alone for a while; `gone`: it wants no more (Standard Webhooks, "Delivery success and failure").
 */
export type AttemptVerdict = 'delivered' | 'refused' | 'down' | 'gone'

/** Too early, too many, took too long: not about the message. */
const TRY_LATER = new Set([408, 425, 429])

/** @param status of the answer; undefined when there was none */
export function attemptVerdict(status: number | undefined): AttemptVerdict {
  if (status === undefined) return 'down'
  if (status >= 200 && status < 300) return 'delivered'
  if (status === 410) return 'gone'
  return status >= 300 && status < 500 && !TRY_LATER.has(status) ? 'refused' : 'down'
}

/** A delivery and its webhook after an attempt. */
export type AfterAttempt = {
  readonly delivery: Delivery
  /** What changes of the webhook; `disabled` with why. */
  readonly webhook:
    | { readonly outcome: 'delivered' }
    | { readonly outcome: 'failed'; readonly retryAt: Millis | undefined }
    | { readonly outcome: 'disabled'; readonly reason: string }
}

/**
 * What follows from an attempt.
 * @param spread from 0 to 1, for the back-off
 * @param askedFor seconds that the receiver asked to be left alone (Retry-After)
 */
export function afterAttempt(
  webhook: Webhook,
  delivery: Delivery,
  attempt: Attempt,
  spread: number,
  askedFor?: number,
): AfterAttempt {
  const tried = { ...delivery, attempts: delivery.attempts + 1, last: attempt }
  const verdict = attemptVerdict(attempt.status)
  if (verdict === 'delivered')
    return { delivery: { ...tried, state: 'DELIVERED', dueAt: undefined }, webhook: { outcome: 'delivered' } }
  const asked = Math.min((askedFor ?? 0) * SECOND, LONGEST_DELAY)
  const dueAt = attempt.at + Math.max(retryDelay(tried.attempts, spread), asked)
  const over = attempt.at >= delivery.deadline
  const failed: Delivery = over ? { ...tried, state: 'FAILED', dueAt: undefined } : { ...tried, dueAt }
  if (verdict === 'gone')
    return { delivery: failed, webhook: { outcome: 'disabled', reason: 'the receiver answered 410 Gone' } }
  if (attempt.at - (webhook.failingSince ?? attempt.at) >= DELIVERY_PERIOD)
    return {
      delivery: failed,
      webhook: { outcome: 'disabled', reason: 'every delivery has failed for three days' },
    }
  const pause = Math.max(Math.min(dueAt - attempt.at, LONGEST_PAUSE), asked)
  const retryAt = verdict === 'down' ? attempt.at + pause : undefined
  return { delivery: failed, webhook: { outcome: 'failed', retryAt } }
}
