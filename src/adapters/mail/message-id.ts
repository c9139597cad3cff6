import { mailDomainOf } from '../../core/domain/mailboxes.ts'
import type { OutgoingMail } from '../../core/ports/mailer.ts'

/** RFC 5322 §3.6.4, without angle brackets: the same for the same mail. */
export const messageIdOf = ({ id }: Pick<OutgoingMail, 'id'>, from: string): string =>
  `${id}@${mailDomainOf(from)}`
