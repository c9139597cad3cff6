import type { Database } from 'better-sqlite3'
import { insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Columns of a webhook that somebody can change; `changing` in ../webhook-writes.ts gives their values in this order. */
const WEBHOOK_CHANGING = [
  'url',
  'shape',
  'events',
  'state',
  'reason',
  'failures',
  'failingSince',
  'retryAt',
  'secretId',
  'previousSecretId',
  'previousUntil',
  'updatedAt',
] as const
/** What an attempt changes; `attempted` there gives the values. */
const DELIVERY_ATTEMPTED = ['state', 'attempts', 'dueAt', 'attempt'] as const

const assigned = (columns: readonly string[]): string => columns.map((column) => `${column} = ?`).join(', ')

/**
 * Writes about webhooks and what is sent to them.
 * @param growing for what changes which events are asked for
 */
export const webhookWrites = (db: Database, growing: (apply: Apply) => Apply): WritesByName => ({
  'webhooks.add': growing(
    insert(
      db,
      'webhooks.add',
      'Webhook',
      `id, accountId, region, revision, position, createdAt, ${WEBHOOK_CHANGING.join(', ')}`,
    ),
  ),
  'webhooks.replace': growing(
    mustChange(
      db,
      'webhooks.replace',
      `UPDATE Webhook SET ${assigned(WEBHOOK_CHANGING)}, revision = revision + 1 WHERE id = ? AND revision = ?`,
    ),
  ),
  'webhooks.remove': growing(removal(db)),
  'webhooks.advance': mustChange(
    db,
    'webhooks.advance',
    'UPDATE Webhook SET position = ? WHERE id = ? AND position = ?',
  ),
  'webhooks.recovered': recovery(db),
  'webhooks.failed': mayChange(
    db,
    'UPDATE Webhook SET failures = failures + 1, failingSince = ifnull(failingSince, ?), retryAt = ? WHERE id = ?',
  ),
  'webhooks.disable': mustChange(
    db,
    'webhooks.disable',
    "UPDATE Webhook SET state = 'DISABLED', reason = ?, updatedAt = ?, revision = revision + 1 WHERE id = ? AND state = 'ACTIVE'",
  ),
  'deliveries.add': insert(
    db,
    'deliveries.add',
    'Delivery',
    `id, webhookId, eventId, eventName, deadline, createdAt, ${DELIVERY_ATTEMPTED.join(', ')}`,
  ),
  'deliveries.record': mustChange(
    db,
    'deliveries.record',
    `UPDATE Delivery SET ${assigned(DELIVERY_ATTEMPTED)} WHERE id = ? AND attempts = ? AND state = 'PENDING'`,
  ),
  'deliveries.again': mustChange(
    db,
    'deliveries.again',
    "UPDATE Delivery SET state = 'PENDING', dueAt = ?, deadline = ? WHERE id = ? AND state <> 'PENDING'",
  ),
  'deliveries.dropOlderThan': mayChange(
    db,
    `DELETE FROM Delivery WHERE sequence IN
       (SELECT sequence FROM (SELECT sequence, createdAt, dueAt FROM Delivery ORDER BY sequence LIMIT ?)
          WHERE createdAt < ? AND dueAt IS NULL)`,
  ),
})

function removal(db: Database): WritesByName[string] {
  const remove = mustChange(db, 'webhooks.remove', 'DELETE FROM Webhook WHERE id = ? AND revision = ?')
  const deliveries = db.prepare('DELETE FROM Delivery WHERE webhookId = ?')
  return (id, revision) => {
    remove(id, revision)
    deliveries.run(id)
  }
}

function recovery(db: Database): WritesByName[string] {
  const works = db.prepare(
    'UPDATE Webhook SET failures = 0, failingSince = NULL, retryAt = NULL WHERE id = ?',
  )
  const due = db.prepare('UPDATE Delivery SET dueAt = ? WHERE webhookId = ? AND dueAt > ?')
  return (id, at) => {
    works.run(id)
    if (at !== null) due.run(at, id, at)
  }
}
