import type { MailboxJson, MailFaultJson, MailMessageJson } from '../../../contract/schemas/mail.ts'
import type { Mailbox, MailFault, MailMessage } from '../../../core/domain/mailboxes.ts'
import { isoOf } from '../../../core/domain/time.ts'

/** A simulated mailbox. */
export const mailboxJson = ({ createdAt, ...mailbox }: Mailbox): MailboxJson => ({
  ...mailbox,
  createdAt: isoOf(createdAt),
})

/** A mail in one. */
export const mailMessageJson = (mail: MailMessage): MailMessageJson => ({
  id: mail.id,
  address: mail.address,
  ...(mail.messageId === undefined ? {} : { messageId: mail.messageId }),
  from: mail.sender,
  subject: mail.subject,
  text: mail.text,
  ...(mail.html === undefined ? {} : { html: mail.html }),
  receivedAt: isoOf(mail.receivedAt),
})

/** A fault that was ordered. */
export const mailFaultJson = ({ createdAt, ...fault }: MailFault): MailFaultJson => ({
  ...fault,
  createdAt: isoOf(createdAt),
})
