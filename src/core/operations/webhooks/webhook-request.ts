import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import type { AccountEventName } from '../../domain/authority-events.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { EventShape } from '../../domain/event-shapes.ts'
import type { KeyId, WebhookId } from '../../domain/ids.ts'
import type { KeyContext } from '../../domain/keys.ts'
import type { Webhook } from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

/** A webhook, and the secret that was just made for it. */
export type WebhookWithSecret = { readonly webhook: Webhook; readonly secret: string }
/** What to do when the answer that had it was lost. */
export const ROTATE_SECRET = 'rotate the webhook’s secret for another, with another key'

/** What somebody decides about a webhook. */
export type WebhookMembers = {
  readonly url: string
  readonly shape: EventShape
  /** Undefined: all of managed certificates. */
  readonly events: readonly AccountEventName[] | undefined
}

/** @throws request_invalid naming `url` */
export function refuseUrl(ports: Pick<Ports, 'webhooks'>, url: string): void {
  const message = ports.webhooks.refusal(url)
  if (message !== undefined) refuse('request_invalid', [{ code: 'url', field: 'url', message }])
}

/** @throws not_found */
export async function webhookOf(ports: Pick<Ports, 'store'>, place: Place, id: string): Promise<Webhook> {
  const webhook = await ports.store.reads.webhooks.get(place, id as WebhookId)
  if (webhook === undefined) throw new ChanceryError('not_found', 'webhook: there is no such webhook here')
  return webhook
}

/** Each URL in the trail as scheme and host: the rest may be a secret between its owner and the receiver. */
export const hostOfUrl = (url: string): string => {
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}

/** The audit event of something that is done to a webhook. */
export function webhookAudit(
  ports: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  name: AuditEventName,
  { id }: Pick<Webhook, 'id'>,
  request: Readonly<Record<string, unknown>>,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.webhook(principal, id)],
    request,
  })
}

/** A fresh secret's place among the keys. */
export const secretContext = (ports: Pick<Ports, 'random' | 'clock'>, place: Place): KeyContext => ({
  account: place.account,
  region: place.region,
  id: newUuid(ports.random, ports.clock.now()) as KeyId,
  purpose: 'webhook',
})

/** As Standard Webhooks writes one. */
export const secretText = (secret: Uint8Array): string => `whsec_${Buffer.from(secret).toString('base64')}`

/** What a conflict of a webhook's writes means. */
export const changedMeanwhile = (error: unknown): unknown =>
  error instanceof StoreConflict
    ? new ChanceryError('state_conflict', 'webhook: somebody changed it meanwhile; look again', {
        cause: error,
      })
    : error
