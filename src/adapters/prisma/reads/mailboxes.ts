import type { Database } from 'better-sqlite3'
import type { AccountId } from '../../../core/domain/ids.ts'
import {
  mailDomainOf,
  type Mailbox,
  type MailFault,
  type MailFaultKind,
  type MailMessage,
} from '../../../core/domain/mailboxes.ts'
import type { Reads } from '../../../core/ports/store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import type { Raw } from '../rows.ts'

type MailboxRow = Raw<models.MailboxModel>
type MessageRow = Raw<models.MailMessageModel>
type FaultRow = Raw<models.MailFaultModel>

/** Reads about the simulation's mail. */
export const mailboxReads = (db: Database): Pick<Reads, 'mailboxes' | 'mailFaults'> => ({
  mailboxes: { ...boxReads(db), ...messageReads(db) },
  mailFaults: faultReads(db),
})

function boxReads(db: Database): Omit<Reads['mailboxes'], 'messages' | 'message'> {
  const get = db.prepare('SELECT * FROM Mailbox WHERE address = ?')
  const domain = db.prepare('SELECT 1 FROM MailDomain WHERE domain = ?')
  const count = db.prepare('SELECT COUNT(*) FROM Mailbox WHERE accountId = ?').pluck()
  const list = db.prepare(
    'SELECT * FROM Mailbox WHERE accountId = ? AND address > ? ORDER BY address LIMIT ?',
  )
  return {
    get: async (address) => {
      const row = get.get(address) as MailboxRow | undefined
      return row === undefined ? undefined : mailboxFrom(row)
    },
    hasDomain: async (name) => domain.get(name) !== undefined,
    count: async (account) => count.get(account) as number,
    list: async (account, page) => {
      const after = page.after === undefined ? '' : positionIn(page.after, 'mailboxes', 'string')[0]
      const rows = list.all(account, after, page.limit + 1) as MailboxRow[]
      const items = rows.slice(0, page.limit).map(mailboxFrom)
      const last = items.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { items, next: more ? cursorOf('mailboxes', last.address) : undefined }
    },
  }
}

function messageReads(db: Database): Pick<Reads['mailboxes'], 'messages' | 'message'> {
  const message = db.prepare('SELECT * FROM MailMessage WHERE id = ? AND address = ?')
  const messages = db.prepare(
    'SELECT * FROM MailMessage WHERE address = ? AND sequence < ? ORDER BY sequence DESC LIMIT ?',
  )
  return {
    message: async (address, id) => {
      const row = message.get(id, address) as MessageRow | undefined
      return row === undefined ? undefined : messageFrom(row)
    },
    messages: async (address, page) => {
      const before =
        page.after === undefined
          ? Number.MAX_SAFE_INTEGER
          : positionIn(page.after, 'mail-messages', 'number')[0]
      const rows = messages.all(address, before, page.limit + 1) as MessageRow[]
      const shown = rows.slice(0, page.limit)
      const last = shown.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return {
        items: shown.map(messageFrom),
        next: more ? cursorOf('mail-messages', last.sequence) : undefined,
      }
    },
  }
}

function faultReads(db: Database): Reads['mailFaults'] {
  const firstFor = db.prepare(
    'SELECT * FROM MailFault WHERE target IN (@address, @domain) ORDER BY target = @address DESC, id LIMIT 1',
  )
  const all = db.prepare('SELECT * FROM MailFault ORDER BY id')
  return {
    firstFor: async (address) => {
      const row = firstFor.get({ address, domain: mailDomainOf(address) }) as FaultRow | undefined
      return row === undefined ? undefined : faultFrom(row)
    },
    all: async () => (all.all() as FaultRow[]).map(faultFrom),
  }
}

const mailboxFrom = (row: MailboxRow): Mailbox => ({
  address: row.address,
  account: row.accountId as AccountId,
  createdAt: row.createdAt,
})

const messageFrom = (row: MessageRow): MailMessage => ({
  id: row.id,
  address: row.address,
  messageId: row.messageId ?? undefined,
  sender: row.sender,
  subject: row.subject,
  text: row.text,
  html: row.html ?? undefined,
  receivedAt: row.receivedAt,
})

const faultFrom = (row: FaultRow): MailFault => ({
  id: row.id,
  target: row.target,
  kind: row.kind as MailFaultKind,
  remaining: row.remaining,
  createdAt: row.createdAt,
})
