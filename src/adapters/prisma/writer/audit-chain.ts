import { createHash } from 'node:crypto'
import type { Database } from 'better-sqlite3'
import type { Apply } from './makers.ts'

type AuditHead = { readonly id: number; readonly hash: Uint8Array }

export type AuditChain = {
  readonly append: Apply
  /** Reads the head; at the start of each transaction, since other processes append too. */
  readonly refresh: () => void
  readonly head: () => AuditHead
  /** Back to an earlier head, when a member was rolled back. */
  readonly restore: (head: AuditHead) => void
}

const GENESIS: AuditHead = { id: 0, hash: new Uint8Array(32) }

/** hash = SHA-256(previous hash ‖ record): removing, changing or reordering an event breaks every later one. */
export function auditChain(db: Database): AuditChain {
  const last = db.prepare('SELECT id, hash FROM AuditEvent ORDER BY id DESC LIMIT 1')
  const add = db.prepare(
    'INSERT INTO AuditEvent (accountId, region, name, time, record, id, hash) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  let head = GENESIS
  return {
    append: (account, region, name, time, record) => {
      const hash = createHash('sha256')
        .update(head.hash)
        .update(record as string, 'utf8')
        .digest()
      const id = head.id + 1
      add.run(account, region, name, time, record, id, hash)
      head = { id, hash }
    },
    refresh: () => {
      head = (last.get() as AuditHead | undefined) ?? GENESIS
    },
    head: () => head,
    restore: (saved) => {
      head = saved
    },
  }
}
