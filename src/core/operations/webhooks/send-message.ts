import { shaped, type EventShape } from '../../domain/event-shapes.ts'
import type { AccountEvent } from '../../domain/authority-events.ts'
import { arns } from '../../domain/arns.ts'
import type { KeyId } from '../../domain/ids.ts'
import { isoOf, SECOND, wholeSecond } from '../../domain/time.ts'
import type { Attempt, Delivery, Webhook } from '../../domain/webhooks.ts'
import { sha256 } from '../../x509/digest.ts'
import type { Ports } from '../../ports/ports.ts'

const CONTENT_TYPES: Readonly<Record<EventShape, string>> = {
  cloudevents: 'application/cloudevents+json',
  eventbridge: 'application/json',
}

type SendingPorts = Pick<Ports, 'store' | 'vault' | 'webhooks' | 'clock' | 'settings'>

/** The octets of a message: they are what is signed, so they are made once. Undefined event: a test. */
export function messageBody(
  webhook: Webhook,
  delivery: Delivery,
  event: AccountEvent | undefined,
): Uint8Array {
  const message = event === undefined ? testMessage(webhook, delivery) : shaped(event, webhook.shape)
  return new TextEncoder().encode(JSON.stringify(message))
}

/**
 * Signs a message as Standard Webhooks 1.0 has it and sends it once. The id is the delivery's, the same with each
 * attempt; the time is the attempt's.
 * @returns what came of it, and for how many seconds the receiver asked to be left alone
 * @throws kms_unavailable when the secret can't be opened now: nothing was sent
 */
export async function sendMessage(
  ports: SendingPorts,
  webhook: Webhook,
  delivery: Delivery,
  body: Uint8Array,
  stopping?: AbortSignal,
): Promise<{ readonly attempt: Attempt; readonly retryAfter: number | undefined }> {
  const at = ports.clock.now()
  const timestamp = wholeSecond(at) / SECOND
  const signature = await signatureOf(ports, webhook, `${delivery.id}.${timestamp}.`, body)
  const answer = await ports.webhooks.send(
    {
      url: webhook.url,
      headers: {
        'content-type': CONTENT_TYPES[webhook.shape],
        'user-agent': `chancery/${ports.settings.version}`,
        'webhook-id': delivery.id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signature,
      },
      body,
    },
    stopping,
  )
  const sent = { at, milliseconds: answer.milliseconds, signature }
  if ('failure' in answer)
    return {
      attempt: {
        ...sent,
        address: undefined,
        status: undefined,
        responseSha256: undefined,
        failure: answer.failure,
      },
      retryAfter: undefined,
    }
  const { address, status, body: said, retryAfter } = answer
  const responseSha256 = Buffer.from(sha256(said)).toString('hex')
  return { attempt: { ...sent, address, status, responseSha256, failure: undefined }, retryAfter }
}

/** With the secret, and while a rotation is fresh with the one before, too. */
async function signatureOf(
  ports: SendingPorts,
  webhook: Webhook,
  prefix: string,
  body: Uint8Array,
): Promise<string> {
  const previous = webhook.previousSecret
  const live = previous !== undefined && ports.clock.now() < previous.until ? [previous.key] : []
  const content = Buffer.concat([Buffer.from(prefix), body])
  const signatures = await Promise.all([webhook.secret, ...live].map((key) => macOf(ports, key, content)))
  return signatures.map((mac) => `v1,${Buffer.from(mac).toString('base64')}`).join(' ')
}

async function macOf(ports: SendingPorts, key: KeyId, content: Uint8Array): Promise<Uint8Array> {
  const secret = await ports.store.reads.secrets.get(key)
  if (secret === undefined) throw new Error(`key ${key}: a webhook's secret is not there`)
  return ports.vault.mac(secret, content, { caller: 'system/webhooks', service: 'acm.amazonaws.com' })
}

/** Of the shape's envelope, and of no certificate: that it arrives is what it says. */
function testMessage(webhook: Webhook, delivery: Delivery): object {
  const { account, region, shape, id } = webhook
  const time = isoOf(delivery.createdAt)
  if (shape === 'cloudevents')
    return {
      specversion: '1.0',
      id: delivery.id,
      source: `/accounts/${account}/regions/${region}`,
      type: 'local.chancery.webhook.test',
      subject: arns.webhook(webhook, id),
      time,
      datacontenttype: 'application/json',
      data: { webhook: id },
    }
  return {
    version: '0',
    id: delivery.id,
    'detail-type': 'Chancery Webhook Test',
    source: 'chancery',
    account,
    time,
    region,
    resources: [arns.webhook(webhook, id)],
    detail: { webhook: id },
  }
}
