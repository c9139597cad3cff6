import { systemActor } from '../../domain/access.ts'
import { isAuthorityEvent, type AccountEvent } from '../../domain/authority-events.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { DeliveryId } from '../../domain/ids.ts'
import { SECOND, type Millis } from '../../domain/time.ts'
import {
  afterAttempt,
  DELIVERY_PERIOD,
  type AfterAttempt,
  type Delivery,
  type Webhook,
} from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'
import { messageBody, sendMessage } from './send-message.ts'
import { webhookAudit } from './webhook-request.ts'

type DeliveryPorts = Pick<Ports, 'store' | 'vault' | 'webhooks' | 'random' | 'clock' | 'settings' | 'logger'>
export type DeliveryReport = { readonly delivered: number; readonly failed: number }

/** Webhooks that are worked on at a time, and how many one turn looks at. */
const AT_ONCE = 8
const WEBHOOKS = 200
/** Events of which deliveries are made in one go, and deliveries that are looked at together. */
const BATCH = 100
/** A turn with one webhook begins no message after this; its lease outlives the last one. */
const TURN = 20 * SECOND
const LEASE = 60 * SECOND

/**
 * Sends what waits for webhooks, to several at a time and to each in the order of events. A message that the receiver
 * refuses is tried later while others go on; one that doesn't answer is left alone for a while. At least once: a lease
 * keeps two servers from working on one webhook, and whatever a killed one left is sent again when its lease has ended.
 */
export async function deliverWebhooks(
  ports: DeliveryPorts,
  stopping: AbortSignal = new AbortController().signal,
): Promise<DeliveryReport> {
  const waiting = [...(await ports.store.reads.webhooks.withWork(ports.clock.now(), WEBHOOKS))]
  const report = { delivered: 0, failed: 0 }
  const work = async (): Promise<void> => {
    for (let webhook = waiting.shift(); webhook !== undefined; webhook = waiting.shift()) {
      if (stopping.aborted) return
      const done = await turnWith(ports, webhook, stopping)
      report.delivered += done.delivered
      report.failed += done.failed
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return report
}

/** A failure of ours (the KMS, the database) ends this webhook's turn, not the others'. */
async function turnWith(
  ports: DeliveryPorts,
  { id }: Webhook,
  stopping: AbortSignal,
): Promise<DeliveryReport> {
  const report = { delivered: 0, failed: 0 }
  const now = ports.clock.now()
  const [lease, owner] = [`webhook/${id}`, ports.settings.serverId]
  try {
    await ports.store.transact((writes) => [writes.leases.take(lease, owner, now, now + LEASE)])
  } catch (error) {
    if (error instanceof StoreConflict) return report
    throw error
  }
  try {
    while (!stopping.aborted && ports.clock.now() < now + TURN) {
      // As it is under the lease, and as it was left by the message before.
      const webhook = await ports.store.reads.webhooks.byId(id)
      if (webhook?.state !== 'ACTIVE' || (webhook.retryAt ?? 0) > ports.clock.now()) break
      const [next] = await ports.store.reads.deliveries.due(id, ports.clock.now(), 1)
      if (next !== undefined) {
        const outcome = await deliver(ports, webhook, next, stopping)
        if (outcome !== 'stopped') report[outcome]++
      } else if (!(await makeDeliveries(ports, webhook))) break
    }
  } catch (error) {
    ports.logger.warn({ err: error, webhook: id }, 'a webhook’s messages can’t be sent now')
  }
  await ports.store.transact((writes) => [writes.leases.release(lease, owner)])
  return report
}

/** Makes deliveries of the events that follow. @returns whether there were any events */
async function makeDeliveries(ports: DeliveryPorts, webhook: Webhook): Promise<boolean> {
  const { items: events } = await ports.store.reads.events.list(
    webhook,
    { after: webhook.position },
    { limit: BATCH, after: undefined },
  )
  const last = events.at(-1)
  if (last === undefined) return false
  const now = ports.clock.now()
  const wanted = events.filter(({ name }) => webhook.events?.includes(name) ?? !isAuthorityEvent(name))
  const deliveries = wanted.map((event) => aDelivery(ports, webhook, event, now))
  await ports.store.transact((writes) => [
    writes.webhooks.advance(webhook.id, webhook.position, last.sequence),
    ...deliveries.map((delivery) => writes.deliveries.add(delivery)),
  ])
  return true
}

const aDelivery = (
  ports: Pick<Ports, 'random'>,
  webhook: Webhook,
  { id, name }: AccountEvent,
  now: Millis,
): Delivery => ({
  id: newUuid(ports.random, now) as DeliveryId,
  webhook: webhook.id,
  event: { id, name },
  state: 'PENDING',
  attempts: 0,
  dueAt: now,
  deadline: now + DELIVERY_PERIOD,
  createdAt: now,
  last: undefined,
})

async function deliver(
  ports: DeliveryPorts,
  webhook: Webhook,
  delivery: Delivery,
  stopping: AbortSignal,
): Promise<'delivered' | 'failed' | 'stopped'> {
  const event =
    delivery.event === undefined ? undefined : await ports.store.reads.events.get(webhook, delivery.event.id)
  if (event === undefined) {
    // It outlived what it was about.
    const gone: Delivery = { ...delivery, state: 'FAILED', dueAt: undefined }
    await ports.store.transact((writes) => [writes.deliveries.record(delivery, gone)])
    return 'failed'
  }
  const body = messageBody(webhook, delivery, event)
  const { attempt, retryAfter } = await sendMessage(ports, webhook, delivery, body, stopping)
  // Whether it arrived isn't known: it is sent again by whoever runs next.
  if (stopping.aborted && attempt.status === undefined) return 'stopped'
  const after = afterAttempt(webhook, delivery, attempt, spread(ports), retryAfter)
  await ports.store.transact((writes) => [
    writes.deliveries.record(delivery, after.delivery),
    ...changesOf(ports, writes, webhook, after),
  ])
  return after.webhook.outcome === 'delivered' ? 'delivered' : 'failed'
}

/** From 0 to 1, in 65,536 steps. */
const spread = ({ random }: Pick<Ports, 'random'>): number => {
  const [high = 0, low = 0] = random.bytes(2)
  return (high * 256 + low) / 65_535
}

function changesOf(
  ports: DeliveryPorts,
  writes: Writes,
  webhook: Webhook,
  { webhook: after, delivery }: AfterAttempt,
): readonly Write[] {
  const at = ports.clock.now()
  if (after.outcome === 'delivered') {
    if (webhook.failures === 0) return []
    return [writes.webhooks.recovered(webhook.id, webhook.retryAt === undefined ? undefined : at)]
  }
  if (after.outcome === 'failed')
    return [writes.webhooks.failed(webhook.id, delivery.last?.at ?? at, after.retryAt)]
  const principal = systemActor('webhooks', webhook)
  return [
    writes.webhooks.disable(webhook.id, after.reason, at),
    writes.audit.append(webhookAudit(ports, principal, 'DisableWebhook', webhook, { reason: after.reason })),
  ]
}
