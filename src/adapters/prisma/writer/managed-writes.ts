import type { Database } from 'better-sqlite3'
import { Conflict, insert, mayChange, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Columns of a managed certificate that can change; `changing` in ../managed-writes.ts gives their values in this order. */
const MANAGED_CHANGING = [
  'status',
  'failure',
  'failureDetail',
  'domainName',
  'names',
  'keyAlgorithm',
  'validationMethod',
  'profile',
  'days',
  'tags',
  'validateUntil',
  'dueAt',
  'attempts',
  'renewalStatus',
  'renewalReason',
  'renewalUpdatedAt',
  'currentVersion',
  'exportedVersion',
] as const

/** Writes about managed certificates. */
export const managedWrites = (db: Database): WritesByName => ({
  'managed.add': insert(
    db,
    'managed.add',
    'ManagedCertificate',
    `id, accountId, region, revision, kind, authorityId, renewalKey, exportable, managedBy, createdAt,
     ${MANAGED_CHANGING.join(', ')}`,
  ),
  'managed.replace': mustChange(
    db,
    'managed.replace',
    `UPDATE ManagedCertificate SET ${MANAGED_CHANGING.map((column) => `${column} = ?`).join(', ')},
       revision = revision + 1 WHERE id = ? AND revision = ?`,
  ),
  'managed.wake': mustChange(
    db,
    'managed.wake',
    'UPDATE ManagedCertificate SET dueAt = min(?, ifnull(dueAt, 9e15)), revision = revision + 1 WHERE id = ?',
  ),
  'managed.wakePending': mayChange(
    db,
    `UPDATE ManagedCertificate SET dueAt = ?, revision = revision + 1
       WHERE dueAt > ? AND validateUntil IS NOT NULL`,
  ),
  'managed.remove': removal(db),
  'managed.addVersion': insert(
    db,
    'managed.addVersion',
    'ManagedVersion',
    `managedId, number, authorityId, serial, keyId, notBefore, notAfter, createdAt, der, chain,
     commonName, keyUsages, extendedKeyUsages`,
  ),
  'managed.setFacts': mayChange(
    db,
    `UPDATE ManagedVersion SET commonName = ?, keyUsages = ?, extendedKeyUsages = ?
       WHERE managedId = ? AND number = ?`,
  ),
  'associations.add': mayChange(
    db,
    'INSERT INTO Association (managedId, resourceArn, createdAt) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  ),
  'associations.remove': mustChange(
    db,
    'associations.remove',
    'DELETE FROM Association WHERE managedId = ? AND resourceArn = ?',
  ),
  'validations.put': mayChange(
    db,
    `INSERT INTO DomainValidation
       (managedId, domain, method, validationDomain, status, reason, validatedAt, checkedAt)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (managedId, domain) DO UPDATE SET method = excluded.method,
         validationDomain = excluded.validationDomain, status = excluded.status, reason = excluded.reason,
         validatedAt = excluded.validatedAt, checkedAt = excluded.checkedAt`,
  ),
  'validations.settle': mustChange(
    db,
    'validations.settle',
    `UPDATE DomainValidation SET status = ?, reason = ?, validatedAt = ?, checkedAt = ?
       WHERE managedId = ? AND domain = ? AND status = 'PENDING_VALIDATION'`,
  ),
  'validations.putEvidence': mayChange(
    db,
    `INSERT OR REPLACE INTO ValidationEvidence (managedId, version, domain, kind, verdict, at, items)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ),
})

function removal(db: Database): Apply {
  const used = db.prepare('SELECT 1 FROM Association WHERE managedId = ?')
  const parts = [
    'ManagedVersion',
    'DomainValidation',
    'ValidationEvidence',
    'EmailApproval',
    'MethodChange',
  ].map((table) => db.prepare(`DELETE FROM ${table} WHERE managedId = ?`))
  const remove = mustChange(
    db,
    'managed.remove',
    'DELETE FROM ManagedCertificate WHERE id = ? AND revision = ?',
  )
  // Audit reports tell who asked for a certificate, also when nothing else does any more.
  const remember = db.prepare(
    `UPDATE Certificate SET service = 'acm.amazonaws.com' WHERE id IN (
       SELECT c.id FROM ManagedVersion v JOIN Certificate c ON c.serial = v.serial AND c.authorityId = v.authorityId
         WHERE v.managedId = ?)`,
  )
  return (id, revision) => {
    if (used.get(id) !== undefined) throw new Conflict('refused', 'managed.remove')
    remove(id, revision)
    remember.run(id)
    for (const part of parts) part.run(id)
  }
}
