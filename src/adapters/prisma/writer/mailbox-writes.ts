import type { Database } from 'better-sqlite3'
import { Conflict, insert, mustChange, type Apply, type WritesByName } from './makers.ts'

/** Writes about the simulation's mail. */
export function mailboxWrites(db: Database): WritesByName {
  return {
    'mailboxes.add': addMailbox(db),
    'mailboxes.remove': removeMailbox(db),
    'mailboxes.deliver': deliver(db),
    'mailFaults.add': insert(db, 'mailFaults.add', 'MailFault', 'id, target, kind, remaining, createdAt'),
    'mailFaults.use': useFault(db),
    'mailFaults.remove': mustChange(db, 'mailFaults.remove', 'DELETE FROM MailFault WHERE id = ?'),
  }
}

function addMailbox(db: Database): Apply {
  const take = db.prepare(
    `INSERT INTO MailDomain (domain, accountId) VALUES (?, ?)
       ON CONFLICT (domain) DO UPDATE SET accountId = excluded.accountId WHERE accountId = excluded.accountId`,
  )
  const add = insert(db, 'mailboxes.add', 'Mailbox', 'address, domain, accountId, createdAt')
  return (address, domain, account, createdAt) => {
    if (take.run(domain, account).changes !== 1) throw new Conflict('refused', 'mailboxes.add')
    add(address, domain, account, createdAt)
  }
}

function removeMailbox(db: Database): Apply {
  const remove = mustChange(db, 'mailboxes.remove', 'DELETE FROM Mailbox WHERE address = ? AND accountId = ?')
  const empty = db.prepare('DELETE FROM MailMessage WHERE address = ?')
  const free = db.prepare(
    'DELETE FROM MailDomain WHERE accountId = ? AND domain NOT IN (SELECT domain FROM Mailbox WHERE accountId = ?)',
  )
  return (address, account) => {
    remove(address, account)
    empty.run(address)
    free.run(account, account)
  }
}

function deliver(db: Database): Apply {
  // The mailbox may have gone since the mail was admitted.
  const put = mustChange(
    db,
    'mailboxes.deliver',
    `INSERT INTO MailMessage (id, address, messageId, sender, subject, text, html, receivedAt)
       SELECT ?, ?, ?, ?, ?, ?, ?, ? WHERE EXISTS (SELECT 1 FROM Mailbox WHERE address = ?)`,
  )
  const makeRoom = db.prepare(
    `DELETE FROM MailMessage WHERE address = ? AND sequence <= (
       SELECT sequence FROM MailMessage WHERE address = ? ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
  )
  return (kept, id, address, ...rest) => {
    put(id, address, ...rest, address)
    makeRoom.run(address, address, kept)
  }
}

function useFault(db: Database): Apply {
  const use = mustChange(
    db,
    'mailFaults.use',
    'UPDATE MailFault SET remaining = remaining - 1 WHERE id = ? AND remaining > 0',
  )
  const drop = db.prepare('DELETE FROM MailFault WHERE id = ? AND remaining <= 0')
  return (id) => {
    use(id)
    drop.run(id)
  }
}
