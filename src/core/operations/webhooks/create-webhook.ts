import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { WebhookId } from '../../domain/ids.ts'
import { MAX_WEBHOOKS, type Webhook } from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, secretShown, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import {
  hostOfUrl,
  refuseUrl,
  secretContext,
  secretText,
  webhookAudit,
  ROTATE_SECRET,
  type WebhookMembers,
  type WebhookWithSecret,
} from './webhook-request.ts'

type CreatingPorts = Pick<Ports, 'store' | 'vault' | 'webhooks' | 'random' | 'clock' | 'calendar'>

/**
 * Sends the caller's account's events in its region to a URL from now on. The secret that messages are signed with is
 * shown here and never again.
 * @throws request_invalid naming `url`, limit_exceeded, kms_unavailable
 */
export async function createWebhook(
  ports: CreatingPorts,
  principal: Principal,
  { idempotency, ...members }: WebhookMembers & Once,
): Promise<WebhookWithSecret> {
  authorize(principal, 'chancery:CreateWebhook', arns.webhooks(principal))
  refuseUrl(ports, members.url)
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateWebhook',
    attempt: (remember) => addWebhook(ports, principal, members, remember),
    replay: async (id) => secretShown('webhook', id, ROTATE_SECRET),
  })
}

async function addWebhook(
  ports: CreatingPorts,
  principal: Principal,
  { url, shape, events }: WebhookMembers,
  remember: Remember,
): Promise<WebhookWithSecret> {
  const { items } = await ports.store.reads.webhooks.list(principal, {
    limit: MAX_WEBHOOKS,
    after: undefined,
  })
  if (items.length >= MAX_WEBHOOKS)
    throw new ChanceryError(
      'limit_exceeded',
      `There are ${MAX_WEBHOOKS} webhooks here, as many as there may be`,
    )
  const { stored, secret } = await ports.vault.makeSecret(secretContext(ports, principal))
  const now = ports.clock.now()
  const webhook: Webhook = {
    id: newUuid(ports.random, now) as WebhookId,
    account: principal.account,
    region: principal.region,
    revision: 1,
    url,
    shape,
    events,
    state: 'ACTIVE',
    reason: undefined,
    position: await ports.store.reads.events.newest(principal),
    failures: 0,
    failingSince: undefined,
    retryAt: undefined,
    secret: stored.id,
    previousSecret: undefined,
    createdAt: now,
    updatedAt: now,
  }
  const event = webhookAudit(ports, principal, 'CreateWebhook', webhook, {
    url: hostOfUrl(url),
    shape,
    events,
  })
  await ports.store.transact((writes) => [
    writes.secrets.add(stored),
    writes.webhooks.add(webhook),
    ...remember(writes, webhook.id),
    writes.audit.append(event),
  ])
  return { webhook, secret: secretText(secret) }
}
