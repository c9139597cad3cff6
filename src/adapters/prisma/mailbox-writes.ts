import { MAILS_KEPT, mailDomainOf } from '../../core/domain/mailboxes.ts'
import type { Writes } from '../../core/ports/store.ts'
import { orNull, write } from './wire-values.ts'

/** As data: the simulation's mail. */
export const mailboxWrites: Pick<Writes, 'mailboxes' | 'mailFaults'> = {
  mailboxes: {
    add: (m) => write('mailboxes.add', m.address, mailDomainOf(m.address), m.account, m.createdAt),
    remove: (account, address) => write('mailboxes.remove', address, account),
    deliver: (m) =>
      write(
        'mailboxes.deliver',
        MAILS_KEPT,
        m.id,
        m.address,
        orNull(m.messageId),
        m.sender,
        m.subject,
        m.text,
        orNull(m.html),
        m.receivedAt,
      ),
  },
  mailFaults: {
    add: (f) => write('mailFaults.add', f.id, f.target, f.kind, f.remaining, f.createdAt),
    use: (id) => write('mailFaults.use', id),
    remove: (id) => write('mailFaults.remove', id),
  },
}
