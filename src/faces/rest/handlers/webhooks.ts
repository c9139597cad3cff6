import { describeWebhookAuthority } from '../../../core/operations/webhooks/client-certificate.ts'
import { createWebhook } from '../../../core/operations/webhooks/create-webhook.ts'
import { redeliver, testWebhook } from '../../../core/operations/webhooks/deliver-again.ts'
import {
  describeWebhook,
  listDeliveries,
  listWebhooks,
} from '../../../core/operations/webhooks/read-webhooks.ts'
import {
  deleteWebhook,
  rotateWebhookSecret,
  updateWebhook,
} from '../../../core/operations/webhooks/update-webhook.ts'
import type { Webhook } from '../../../core/domain/webhooks.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { defined } from '../defined.ts'
import { deliveryJson, webhookJson } from '../json/webhook-json.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<
  Handlers,
  | 'createWebhook'
  | 'listWebhooks'
  | 'describeWebhook'
  | 'describeWebhookAuthority'
  | 'updateWebhook'
  | 'deleteWebhook'
  | 'rotateWebhookSecret'
  | 'testWebhook'
  | 'listDeliveries'
  | 'redeliver'
>

/** Webhooks and what is sent to them. */
export function webhookHandlers(ports: Ports): Part {
  const json = (webhook: Webhook) => webhookJson(webhook, ports.clock.now())
  return {
    createWebhook: async ({ principal, body: { url, shape, events }, idempotency }) => {
      const members = { url, shape, events }
      const { webhook, secret } = await createWebhook(ports, principal, { ...members, idempotency })
      return { ...json(webhook), secret }
    },
    listWebhooks: async ({ principal, query }) => {
      const { items, next } = await listWebhooks(ports, principal, pageRequestOf(query))
      return { items: items.map(json), next }
    },
    describeWebhookAuthority: async ({ principal }) => {
      const { certificatePem, identity } = await describeWebhookAuthority(ports, principal)
      return { certificate: certificatePem, identity }
    },
    describeWebhook: async ({ principal, params }) =>
      json(await describeWebhook(ports, principal, params.webhook)),
    updateWebhook: async ({ principal, params, body: { events, ...rest } }) => {
      // Null stands for all, which a webhook says by having none.
      const filter = events === undefined ? {} : { events: events ?? undefined }
      const members = { ...defined(rest), ...filter }
      return json(await updateWebhook(ports, principal, { id: params.webhook, members }))
    },
    deleteWebhook: async ({ principal, params }) => {
      await deleteWebhook(ports, principal, params.webhook)
      return undefined
    },
    rotateWebhookSecret: async ({ principal, params, idempotency }) => {
      const rotated = await rotateWebhookSecret(ports, principal, params.webhook, { idempotency })
      const { webhook, secret } = rotated
      return { ...json(webhook), secret }
    },
    testWebhook: async ({ principal, params }) =>
      deliveryJson(await testWebhook(ports, principal, params.webhook)),
    listDeliveries: async ({ principal, params, query }) => {
      const request = { webhook: params.webhook, page: pageRequestOf(query) }
      const { items, next } = await listDeliveries(ports, principal, request)
      return { items: items.map(deliveryJson), next }
    },
    redeliver: async ({ principal, params }) => deliveryJson(await redeliver(ports, principal, params)),
  }
}
