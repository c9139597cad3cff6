import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Delivery, Webhook } from '../../domain/webhooks.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { webhookOf } from './webhook-request.ts'

/** The webhooks of the caller's account and region, in order of creation. */
export async function listWebhooks(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Webhook>> {
  authorize(principal, 'chancery:ListWebhooks', arns.webhooks(principal))
  return ports.store.reads.webhooks.list(principal, page)
}

/** @throws not_found */
export async function describeWebhook(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  id: string,
): Promise<Webhook> {
  authorize(principal, 'chancery:DescribeWebhook', arns.webhook(principal, id))
  return webhookOf(ports, principal, id)
}

/** What was sent to a webhook, and what waits, newest first. @throws not_found */
export async function listDeliveries(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  { webhook, page }: { readonly webhook: string; readonly page: PageRequest },
): Promise<Page<Delivery>> {
  authorize(principal, 'chancery:DescribeWebhook', arns.webhook(principal, webhook))
  return ports.store.reads.deliveries.list((await webhookOf(ports, principal, webhook)).id, page)
}
