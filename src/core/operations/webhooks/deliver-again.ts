import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { DeliveryId } from '../../domain/ids.ts'
import { attemptVerdict, DELIVERY_PERIOD, type Delivery } from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { messageBody, sendMessage } from './send-message.ts'
import { webhookAudit, webhookOf } from './webhook-request.ts'

/**
 * Sends a message that says only that it is a test, now and once, whatever the webhook's state, and tells what came of
 * it.
 * @throws not_found, kms_unavailable
 */
export async function testWebhook(
  ports: Pick<Ports, 'store' | 'vault' | 'webhooks' | 'random' | 'clock' | 'settings'>,
  principal: Principal,
  id: string,
): Promise<Delivery> {
  authorize(principal, 'chancery:TestWebhook', arns.webhook(principal, id))
  const webhook = await webhookOf(ports, principal, id)
  const now = ports.clock.now()
  const message: Delivery = {
    id: newUuid(ports.random, now) as DeliveryId,
    webhook: webhook.id,
    event: undefined,
    state: 'FAILED',
    attempts: 1,
    dueAt: undefined,
    deadline: now,
    createdAt: now,
    last: undefined,
  }
  const { attempt } = await sendMessage(ports, webhook, message, messageBody(webhook, message, undefined))
  const delivered = attemptVerdict(attempt.status) === 'delivered'
  const delivery: Delivery = { ...message, state: delivered ? 'DELIVERED' : 'FAILED', last: attempt }
  const event = webhookAudit(ports, principal, 'TestWebhook', webhook, {})
  await ports.store.transact((writes) => [writes.deliveries.add(delivery), writes.audit.append(event)])
  return delivery
}

/**
 * Sends a message again that was delivered, or given up; it is tried for three days, like a new one.
 * @throws not_found, state_conflict when it is being tried anyway, or was a test
 */
export async function redeliver(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  request: { readonly webhook: string; readonly delivery: string },
): Promise<Delivery> {
  authorize(principal, 'chancery:RedeliverWebhook', arns.webhook(principal, request.webhook))
  const webhook = await webhookOf(ports, principal, request.webhook)
  const before = await ports.store.reads.deliveries.get(webhook.id, request.delivery as DeliveryId)
  if (before === undefined) throw new ChanceryError('not_found', 'delivery: there is no such delivery here')
  if (before.event === undefined)
    throw new ChanceryError('state_conflict', 'delivery: it was a test; send another one')
  const dueAt = ports.clock.now()
  const deadline = dueAt + DELIVERY_PERIOD
  const event = webhookAudit(ports, principal, 'RedeliverWebhook', webhook, { delivery: before.id })
  try {
    await ports.store.transact((writes) => [
      writes.deliveries.again(before.id, dueAt, deadline),
      writes.audit.append(event),
    ])
    return { ...before, state: 'PENDING', dueAt, deadline }
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', 'delivery: it is being tried already', { cause: error })
  }
}
