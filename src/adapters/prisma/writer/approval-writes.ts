import type { Database } from 'better-sqlite3'
import { Conflict, insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about approvals by mail. */
export const approvalWrites = (db: Database): WritesByName => ({
  'approvals.add': insert(
    db,
    'approvals.add',
    'EmailApproval',
    `id, hash, managedId, accountId, region, version, domain, validationDomain, mailbox, createdAt, expiresAt,
     delivery, attempts, dueAt`,
  ),
  'approvals.replaceAll': replaceAll(db),
  'approvals.replaceEarlier': mayChange(
    db,
    `UPDATE EmailApproval SET replacedAt = ?, dueAt = NULL
       WHERE managedId = ? AND version = ? AND domain = ? AND replacedAt IS NULL AND expiresAt <> ?`,
  ),
  'approvals.renew': mustChange(
    db,
    'approvals.renew',
    `UPDATE EmailApproval SET hash = ?, dueAt = ?, attempts = attempts + 1, delivery = 'pending'
       WHERE id = ? AND attempts = ? AND dueAt IS NOT NULL AND replacedAt IS NULL AND decision IS NULL`,
  ),
  'approvals.delivered': mayChange(
    db,
    'UPDATE EmailApproval SET delivery = ?, via = ?, response = ?, dueAt = ? WHERE id = ? AND attempts = ?',
  ),
  'approvals.decide': mustChange(
    db,
    'approvals.decide',
    `UPDATE EmailApproval AS a SET decision = ?, decidedAt = ?, decidedFrom = ?, dueAt = NULL
       WHERE a.id = ? AND a.replacedAt IS NULL AND a.expiresAt > ? AND NOT EXISTS (
         SELECT 1 FROM EmailApproval o WHERE o.managedId = a.managedId AND o.version = a.version
           AND o.domain = a.domain AND o.replacedAt IS NULL AND o.decision IS NOT NULL)`,
  ),
  'approvals.letBe': mayChange(db, 'UPDATE EmailApproval SET dueAt = NULL WHERE id = ?'),
})

function replaceAll(db: Database): Apply {
  const decided = db.prepare(
    `SELECT 1 FROM EmailApproval WHERE managedId = ? AND version = ? AND domain = ? AND replacedAt IS NULL
       AND decision IS NOT NULL`,
  )
  const replace = db.prepare(
    `UPDATE EmailApproval SET replacedAt = ?, dueAt = NULL
       WHERE managedId = ? AND version = ? AND domain = ? AND replacedAt IS NULL`,
  )
  return (at, managed, version, domain) => {
    if (decided.get(managed, version, domain) !== undefined)
      throw new Conflict('stale', 'approvals.replaceAll')
    replace.run(at, managed, version, domain)
  }
}
