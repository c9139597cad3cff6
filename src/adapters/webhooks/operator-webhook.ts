import { createHmac } from 'node:crypto'
import type { OperatorWebhook } from '../../core/ports/operator-webhook.ts'
import { createWebhookSender, type WebhookSenderOptions } from './webhook-sender.ts'

export type OperatorWebhookOptions = Pick<
  WebhookSenderOptions,
  'ca' | 'clientCertificate' | 'resolve' | 'timeoutMs'
> & {
  readonly url: string
  readonly secret: Uint8Array
  /** Of the running program. */
  readonly version: string
}

/**
 * Sends to the operator's own receiver, which may be anywhere: beside this server, as a cache often is, or at a CDN's. The
 * URL is configuration, so only what no message has to reach stays closed (a cloud's metadata service).
 */
export function createOperatorWebhook({
  url,
  secret,
  version,
  ...options
}: OperatorWebhookOptions): OperatorWebhook {
  const sender = createWebhookSender({ ...options, privateAddresses: true, ports: 'any' })
  return {
    send: ({ id, at, body, mediaType = 'application/cloudevents+json' }, stopping) => {
      const timestamp = String(Math.floor(at / 1000))
      const mac = createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest('base64')
      const headers = {
        'content-type': mediaType,
        'user-agent': `chancery/${version}`,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${mac}`,
      }
      return sender.send({ url, headers, body }, stopping)
    },
  }
}
