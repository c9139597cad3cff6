import type { Database } from 'better-sqlite3'
import type { Approval, Decision, DeliveryState } from '../../../core/domain/approvals.ts'
import type { AccountId, ManagedId, Region } from '../../../core/domain/ids.ts'
import type { Reads } from '../../../core/ports/store.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type Row = Raw<models.EmailApprovalModel>

/** Reads about approvals by mail. */
export function approvalReads(db: Database): Pick<Reads, 'approvals'> {
  const byHash = db.prepare('SELECT * FROM EmailApproval WHERE hash = ?')
  const of = db.prepare(
    'SELECT * FROM EmailApproval WHERE managedId = ? AND version = ? AND domain = ? ORDER BY rowid',
  )
  const due = db.prepare('SELECT * FROM EmailApproval WHERE dueAt <= ? ORDER BY dueAt, rowid LIMIT ?')
  return {
    approvals: {
      byHash: async (hash) => {
        const row = byHash.get(hash) as Row | undefined
        return row === undefined ? undefined : approvalFrom(row)
      },
      of: async ({ managed, version, domain }) =>
        (of.all(managed, version, domain) as Row[]).map(approvalFrom),
      due: async (now, limit) => (due.all(now, limit) as Row[]).map(approvalFrom),
    },
  }
}

const approvalFrom = (row: Row): Approval => ({
  id: row.id,
  managed: row.managedId as ManagedId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  version: row.version,
  domain: row.domain,
  validationDomain: row.validationDomain,
  mailbox: row.mailbox,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  delivery: row.delivery as DeliveryState,
  via: row.via ?? undefined,
  response: row.response ?? undefined,
  attempts: row.attempts,
  dueAt: row.dueAt ?? undefined,
  replacedAt: row.replacedAt ?? undefined,
  decision:
    row.decision === null || row.decidedAt === null
      ? undefined
      : { what: row.decision as Decision, at: row.decidedAt, from: row.decidedFrom ?? 'unknown' },
})
