import { z } from 'zod'
import { MAIL_FAULT_KINDS, MOST_FAULTY_MAILS } from '../../core/domain/mailboxes.ts'
import { accountId, pageOf, pageQuery, timestamp } from './common.ts'

const address = (description: string) =>
  z
    .string()
    .min(1)
    .max(1000)
    .meta({ description, examples: ['hostmaster@example.com'] })
const messageId = z.string().meta({
  description: 'Id of the mail.',
  examples: ['019ac3f0-5b1c-7cc3-98c4-dc0c0c07398f'],
})
const faultId = z.string().min(1).max(64)

export const mailbox = z
  .object({
    address: address('Its address, in lower case; an international domain in A-labels.'),
    account: accountId,
    createdAt: timestamp('When it was opened, by the calendar.'),
  })
  .meta({ id: 'Mailbox', description: 'A mailbox of a simulated installation.' })
export type MailboxJson = z.infer<typeof mailbox>

export const mailboxCreation = z
  .strictObject({
    address: address(
      'Its address. The domain belongs to the account from then on, until its last mailbox goes.',
    ),
  })
  .meta({ id: 'MailboxCreation', description: 'A mailbox to open.' })

export const mailboxParams = z.object({ address: address('The mailbox.') })
export const mailboxListQuery = z.object(pageQuery)
export const mailboxPage = pageOf('MailboxPage', mailbox, 'mailboxes')

export const mailMessage = z
  .object({
    id: messageId,
    address: address('The mailbox it is in.'),
    messageId: z
      .string()
      .optional()
      .meta({ description: 'Its Message-ID, without angle brackets.', examples: ['abc@ca.example.com'] }),
    from: z.string().meta({
      description: 'Who sent it, as the envelope says; empty for a notification.',
      examples: ['chancery@ca.example.com'],
    }),
    subject: z.string().meta({ description: 'Its subject.', examples: ['Certificate for example.com'] }),
    text: z.string().meta({ description: 'Its plain text.', examples: ['Somebody asks …'] }),
    html: z
      .string()
      .optional()
      .meta({
        description: 'Its HTML, as it was sent: not safe to show.',
        examples: ['<p>Somebody asks …</p>'],
      }),
    receivedAt: timestamp('When it arrived, by the calendar.'),
  })
  .meta({ id: 'MailMessage', description: 'A mail in a simulated mailbox.' })
export type MailMessageJson = z.infer<typeof mailMessage>

export const mailMessageParams = z.object({ address: address('The mailbox.'), id: messageId })
export const mailMessagePage = pageOf('MailMessagePage', mailMessage, 'mails')

const kind = z.enum(MAIL_FAULT_KINDS).meta({
  description:
    '`bounce`: refused for good. `defer`: refused for now. `swallow`: taken, and never seen again.',
  examples: ['bounce'],
})
const target = z
  .string()
  .min(1)
  .max(1000)
  .meta({ description: 'An address, or a domain: every address in it.', examples: ['example.com'] })
const times = (description: string) =>
  z
    .number()
    .int()
    .min(1)
    .max(MOST_FAULTY_MAILS)
    .meta({ description, examples: [1] })

export const mailFault = z
  .object({
    id: faultId.meta({ description: 'Its id.', examples: ['019ac3f0-5b1c-7cc3-98c4-dc0c0c07398f'] }),
    target,
    kind,
    remaining: times('How many mails it is still for.'),
    createdAt: timestamp('When it was ordered, by the calendar.'),
  })
  .meta({ id: 'MailFault', description: 'What happens to the next mails for an address or a domain.' })
export type MailFaultJson = z.infer<typeof mailFault>

export const mailFaultOrder = z
  .strictObject({ target, kind, times: times('How many mails it is for.').default(1) })
  .meta({ id: 'MailFaultOrder', description: 'What shall happen to the next mails.' })

export const mailFaultList = z
  .object({ items: z.array(mailFault).meta({ description: 'Oldest first.' }) })
  .meta({ id: 'MailFaultList', description: 'The faults that still have mails to come.' })

export const mailFaultParams = z.object({
  id: faultId.meta({ description: 'The fault.', examples: ['019ac3f0-5b1c-7cc3-98c4-dc0c0c07398f'] }),
})
