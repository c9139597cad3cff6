import type { Database } from 'better-sqlite3'
import type { AccountEventName } from '../../../core/domain/authority-events.ts'
import type { EventShape } from '../../../core/domain/event-shapes.ts'
import type { AccountId, DeliveryId, EventId, KeyId, Region, WebhookId } from '../../../core/domain/ids.ts'
import type {
  Attempt,
  Delivery,
  DeliveryState,
  Webhook,
  WebhookState,
} from '../../../core/domain/webhooks.ts'
import type { Page } from '../../../core/ports/page.ts'
import type { WebhookReads } from '../../../core/ports/webhook-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import { keyFrom, type KeyRow, type Raw } from '../rows.ts'

type WebhookRow = Raw<models.WebhookModel>
type DeliveryRow = Raw<models.DeliveryModel>

/** Reads about webhooks and what is sent to them. */
export const webhookReads = (db: Database): WebhookReads => ({
  webhooks: hookReads(db),
  deliveries: deliveryReads(db),
  secrets: secretReads(db),
})

function hookReads(db: Database): WebhookReads['webhooks'] {
  const byId = db.prepare('SELECT * FROM Webhook WHERE id = ?')
  const get = db.prepare('SELECT * FROM Webhook WHERE id = ? AND accountId = ? AND region = ?')
  const list = db.prepare(
    'SELECT * FROM Webhook WHERE accountId = ? AND region = ? AND id > ? ORDER BY id LIMIT ?',
  )
  const askedFor = db
    .prepare('SELECT events FROM Webhook WHERE accountId = ? AND region = ? AND events IS NOT NULL')
    .pluck()
  const withWork = db.prepare(
    `SELECT * FROM Webhook w WHERE w.state = 'ACTIVE' AND ifnull(w.retryAt, 0) <= @now AND (
       EXISTS (SELECT 1 FROM CertificateEvent e
                 WHERE e.accountId = w.accountId AND e.region = w.region AND e.sequence > w.position) OR
       EXISTS (SELECT 1 FROM Delivery d WHERE d.webhookId = w.id AND d.dueAt <= @now)) LIMIT @limit`,
  )
  return {
    get: async ({ account, region }, id) =>
      optional(get.get(id, account, region) as WebhookRow | undefined, webhookFrom),
    byId: async (id) => optional(byId.get(id) as WebhookRow | undefined, webhookFrom),
    list: async ({ account, region }, page) => {
      const after = page.after === undefined ? '' : positionIn(page.after, 'webhooks', 'string')[0]
      const rows = list.all(account, region, after, page.limit + 1) as WebhookRow[]
      return pageOf(rows, page.limit, webhookFrom, ({ id }) => cursorOf('webhooks', id))
    },
    askedFor: async ({ account, region }) =>
      new Set((askedFor.all(account, region) as string[]).flatMap((events) => namesFrom(events))),
    withWork: async (now, limit) => (withWork.all({ now, limit }) as WebhookRow[]).map(webhookFrom),
  }
}

function deliveryReads(db: Database): WebhookReads['deliveries'] {
  const get = db.prepare('SELECT * FROM Delivery WHERE id = ? AND webhookId = ?')
  const list = db.prepare(
    'SELECT * FROM Delivery WHERE webhookId = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?',
  )
  const due = db.prepare(
    'SELECT * FROM Delivery WHERE webhookId = ? AND dueAt <= ? ORDER BY sequence LIMIT ?',
  )
  return {
    get: async (webhook, id) => optional(get.get(id, webhook) as DeliveryRow | undefined, deliveryFrom),
    list: async (webhook, page) => {
      const before =
        page.after === undefined ? Number.MAX_SAFE_INTEGER : positionIn(page.after, 'deliveries', 'number')[0]
      const rows = list.all(webhook, before, page.limit + 1) as DeliveryRow[]
      return pageOf(rows, page.limit, deliveryFrom, ({ sequence }) => cursorOf('deliveries', sequence))
    },
    due: async (webhook, now, limit) => (due.all(webhook, now, limit) as DeliveryRow[]).map(deliveryFrom),
  }
}

function secretReads(db: Database): WebhookReads['secrets'] {
  const get = db.prepare("SELECT * FROM Key WHERE id = ? AND purpose = 'webhook'")
  return {
    get: async (id) => {
      const row = get.get(id) as KeyRow | undefined
      if (row === undefined) return undefined
      const { algorithm: _, spki: __, ...secret } = keyFrom(row)
      return secret
    },
  }
}

const optional = <Row, T>(row: Row | undefined, map: (row: Row) => T): T | undefined =>
  row === undefined ? undefined : map(row)

function pageOf<Row, T>(
  rows: readonly Row[],
  limit: number,
  map: (row: Row) => T,
  cursor: (last: Row) => string,
): Page<T> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(map), next: rows.length > limit && last !== undefined ? cursor(last) : undefined }
}

const namesFrom = (events: string) => JSON.parse(events) as readonly AccountEventName[]

const webhookFrom = (row: WebhookRow): Webhook => ({
  id: row.id as WebhookId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  revision: row.revision,
  url: row.url,
  shape: row.shape as EventShape,
  events: row.events === null ? undefined : namesFrom(row.events),
  state: row.state as WebhookState,
  reason: row.reason ?? undefined,
  position: row.position,
  failures: row.failures,
  failingSince: row.failingSince ?? undefined,
  retryAt: row.retryAt ?? undefined,
  secret: row.secretId as KeyId,
  previousSecret:
    row.previousSecretId === null || row.previousUntil === null
      ? undefined
      : { key: row.previousSecretId as KeyId, until: row.previousUntil },
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const deliveryFrom = (row: DeliveryRow): Delivery => ({
  id: row.id as DeliveryId,
  webhook: row.webhookId as WebhookId,
  event:
    row.eventId === null
      ? undefined
      : { id: row.eventId as EventId, name: row.eventName as AccountEventName },
  state: row.state as DeliveryState,
  attempts: row.attempts,
  dueAt: row.dueAt ?? undefined,
  deadline: row.deadline,
  createdAt: row.createdAt,
  last: row.attempt === null ? undefined : (JSON.parse(row.attempt) as Attempt),
})
