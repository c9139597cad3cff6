import type { AccountEventName } from '../domain/authority-events.ts'
import type { Delivery, Webhook } from '../domain/webhooks.ts'
import type { DeliveryId, KeyId, WebhookId } from '../domain/ids.ts'
import type { StoredSecret } from '../domain/keys.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

export type WebhookWrites = {
  readonly webhooks: {
    add(webhook: Webhook): Write
    /** Puts what somebody can change in place of what `before` has; conflict `stale` when another revision stands. */
    replace(before: Webhook, after: Webhook): Write
    /** With its deliveries; conflict `stale` at another revision. */
    remove(webhook: Webhook): Write
    /** From one position to another; conflict `stale` when it isn't there. */
    advance(id: WebhookId, from: number, to: number): Write
    /** It works: its record is clean, and what waited for a receiver that was down is due at `at`. */
    recovered(id: WebhookId, at: Millis | undefined): Write
    /** One more failure, the first at `at`. */
    failed(id: WebhookId, at: Millis, retryAt: Millis | undefined): Write
    /** Conflict `stale` when it isn't ACTIVE. */
    disable(id: WebhookId, reason: string, at: Millis): Write
  }
  readonly deliveries: {
    add(delivery: Delivery): Write
    /** After an attempt; conflict `stale` when another attempt was recorded meanwhile. */
    record(before: Delivery, after: Delivery): Write
    /** Tries a settled one again; conflict `stale` when it isn't settled. */
    again(id: DeliveryId, at: Millis, deadline: Millis): Write
    /** Of the `limit` oldest, those that are settled and were made before `time`. */
    dropOlderThan(time: Millis, limit: number): Write
  }
  readonly secrets: {
    add(secret: StoredSecret): Write
  }
}

export type WebhookReads = {
  readonly webhooks: {
    get(place: Place, id: WebhookId): Promise<Webhook | undefined>
    byId(id: WebhookId): Promise<Webhook | undefined>
    /** In order of creation. */
    list(place: Place, page: PageRequest): Promise<Page<Webhook>>
    /** What webhooks of the place name, whatever their state: what happens while one is paused is sent when it goes on. */
    askedFor(place: Place): Promise<ReadonlySet<AccountEventName>>
    /** Everybody's that are active, aren't left alone at `now`, and have an event or a delivery to work on. */
    withWork(now: Millis, limit: number): Promise<readonly Webhook[]>
  }
  readonly deliveries: {
    get(webhook: WebhookId, id: DeliveryId): Promise<Delivery | undefined>
    /** Newest first. */
    list(webhook: WebhookId, page: PageRequest): Promise<Page<Delivery>>
    /** Those whose next attempt is due by `now`, in the order of their events. */
    due(webhook: WebhookId, now: Millis, limit: number): Promise<readonly Delivery[]>
  }
  readonly secrets: {
    get(id: KeyId): Promise<StoredSecret | undefined>
  }
}
