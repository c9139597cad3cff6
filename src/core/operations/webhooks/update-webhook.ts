import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { SECRET_OVERLAP, type Webhook } from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import { idempotently, secretShown, type Once, type Remember } from '../idempotency.ts'
import {
  changedMeanwhile,
  hostOfUrl,
  refuseUrl,
  secretContext,
  secretText,
  webhookAudit,
  webhookOf,
  ROTATE_SECRET,
  type WebhookMembers,
  type WebhookWithSecret,
} from './webhook-request.ts'

export type UpdateWebhookRequest = {
  readonly id: string
  /** Members to replace; `state` pauses it or lets it go on, where it was. */
  readonly members: Partial<WebhookMembers> & { readonly state?: 'ACTIVE' | 'PAUSED' }
}

/**
 * Changes a webhook. One that goes on starts with a clean record.
 * @throws not_found, request_invalid naming `url`, state_conflict
 */
export async function updateWebhook(
  ports: Pick<Ports, 'store' | 'webhooks' | 'random' | 'clock'>,
  principal: Principal,
  { id, members }: UpdateWebhookRequest,
): Promise<Webhook> {
  authorize(principal, 'chancery:UpdateWebhook', arns.webhook(principal, id))
  const before = await webhookOf(ports, principal, id)
  if (members.url !== undefined) refuseUrl(ports, members.url)
  const fresh =
    members.state === 'ACTIVE' || members.url !== undefined
      ? { failures: 0, failingSince: undefined, retryAt: undefined }
      : {}
  const after: Webhook = { ...before, ...members, ...fresh, updatedAt: ports.clock.now() }
  const changed: Webhook = {
    ...after,
    revision: before.revision + 1,
    reason: after.state === 'DISABLED' ? before.reason : undefined,
  }
  const { url, ...rest } = members
  const event = webhookAudit(ports, principal, 'UpdateWebhook', before, {
    ...(url === undefined ? {} : { url: hostOfUrl(url) }),
    ...rest,
  })
  try {
    await ports.store.transact((writes) => [
      writes.webhooks.replace(before, changed),
      writes.audit.append(event),
    ])
    return changed
  } catch (error) {
    throw changedMeanwhile(error)
  }
}

type RotatingPorts = Pick<Ports, 'store' | 'vault' | 'random' | 'clock' | 'calendar'>

/**
 * Signs with a new secret from now on, and for a day with the one before, too, so that a receiver has time to learn it.
 * The new one is shown here and never again; the one before the last is destroyed.
 * @throws not_found, state_conflict, kms_unavailable
 */
export async function rotateWebhookSecret(
  ports: RotatingPorts,
  principal: Principal,
  id: string,
  { idempotency }: Once = {},
): Promise<WebhookWithSecret> {
  authorize(principal, 'chancery:RotateWebhookSecret', arns.webhook(principal, id))
  return idempotently(ports, principal, idempotency, {
    operation: 'RotateWebhookSecret',
    attempt: (remember) => anotherSecret(ports, principal, id, remember),
    replay: async () => secretShown('webhook', id, ROTATE_SECRET),
  })
}

async function anotherSecret(
  ports: RotatingPorts,
  principal: Principal,
  id: string,
  remember: Remember,
): Promise<WebhookWithSecret> {
  const before = await webhookOf(ports, principal, id)
  const { stored, secret } = await ports.vault.makeSecret(secretContext(ports, principal))
  const now = ports.clock.now()
  const webhook: Webhook = {
    ...before,
    revision: before.revision + 1,
    secret: stored.id,
    previousSecret: { key: before.secret, until: now + SECRET_OVERLAP },
    updatedAt: now,
  }
  const event = webhookAudit(ports, principal, 'RotateWebhookSecret', before, {})
  const oldest = before.previousSecret?.key
  try {
    await ports.store.transact((writes) => [
      writes.secrets.add(stored),
      writes.webhooks.replace(before, webhook),
      ...(oldest === undefined ? [] : [writes.keys.destroy(oldest)]),
      ...remember(writes, webhook.id),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw changedMeanwhile(error)
  }
  return { webhook, secret: secretText(secret) }
}

/** Sends nothing any more; its deliveries and its secrets go with it. @throws not_found, state_conflict */
export async function deleteWebhook(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  id: string,
): Promise<void> {
  authorize(principal, 'chancery:DeleteWebhook', arns.webhook(principal, id))
  const webhook = await webhookOf(ports, principal, id)
  const event = webhookAudit(ports, principal, 'DeleteWebhook', webhook, { url: hostOfUrl(webhook.url) })
  const secrets = [
    webhook.secret,
    ...(webhook.previousSecret === undefined ? [] : [webhook.previousSecret.key]),
  ]
  try {
    await ports.store.transact((writes) => [
      writes.webhooks.remove(webhook),
      ...secrets.map((secret) => writes.keys.destroy(secret)),
      writes.audit.append(event),
    ])
  } catch (error) {
    throw changedMeanwhile(error)
  }
}
