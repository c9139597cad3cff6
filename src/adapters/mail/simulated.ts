import type { MailMessage } from '../../core/domain/mailboxes.ts'
import type { Delivery, Mailer } from '../../core/ports/mailer.ts'
import { messageIdOf } from './message-id.ts'

const VIA = 'simulated'

/** Takes a mail into the simulation's mailboxes; its answer as a mail server would give it. */
type Deliver = (mail: Omit<MailMessage, 'id' | 'receivedAt'>) => Promise<{
  readonly outcome: Delivery['outcome']
  readonly code: number
  readonly text: string
}>

/** Sends mail into the simulation's mailboxes. A database that fails is a server that can't be reached. */
export const createSimulatedMailer = (from: string, deliver: Deliver): Mailer => ({
  send: async (mail) => {
    const { to, subject, text, html } = mail
    try {
      const said = await deliver({
        address: to.toLowerCase(),
        messageId: messageIdOf(mail, from),
        sender: from,
        subject,
        text,
        html,
      })
      return { via: VIA, outcome: said.outcome, response: `${said.code} ${said.text}` }
    } catch {
      return { via: VIA, outcome: 'deferred', response: '451 4.3.0 The mailboxes can’t be written now' }
    }
  },
})
