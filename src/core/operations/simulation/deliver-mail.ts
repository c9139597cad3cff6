import { StoreConflict } from '../../domain/errors.ts'
import { mailDomainOf, type MailFaultKind, type MailMessage } from '../../domain/mailboxes.ts'
import type { Delivery } from '../../ports/mailer.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'

type DeliveryPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>

/** What a mail server says to a recipient (RFC 5321 §4.2, RFC 3463), and whether it goes on with the mail. */
export type Admission = {
  readonly outcome: Delivery['outcome']
  readonly code: 250 | 450 | 550
  readonly text: string
  /** Taken, and never to be seen again. */
  readonly swallowed: boolean
}

/** A mail that arrives, less what the mailbox adds. */
export type ArrivingMail = Omit<MailMessage, 'id' | 'receivedAt'>

const ANSWERS: Readonly<Record<MailFaultKind, Admission>> = {
  bounce: answer(550, '5.1.1 No such mailbox (ordered)'),
  defer: answer(450, '4.2.0 Mailbox busy, try again later (ordered)'),
  swallow: { ...answer(250, '2.1.5 Recipient ok'), swallowed: true },
}

/**
 * Whether a mail for an address is taken. Uses up one mail of a fault that was ordered for it, so ask once a mail.
 * @param address in canonical form and lower case
 */
export async function admitMail(ports: Pick<Ports, 'store'>, address: string): Promise<Admission> {
  const fault = await usedFault(ports, address)
  if (fault !== undefined) return ANSWERS[fault]
  const { mailboxes } = ports.store.reads
  if ((await mailboxes.get(address)) !== undefined) return answer(250, '2.1.5 Recipient ok')
  return (await mailboxes.hasDomain(mailDomainOf(address)))
    ? answer(550, '5.1.1 No such mailbox')
    : // A server that took it for others would be an open relay.
      answer(550, '5.7.1 Relaying denied: this simulation has no such domain')
}

/** Puts an admitted mail into its mailbox; one whose mailbox has gone meanwhile is lost. */
export async function putMail(ports: DeliveryPorts, mail: ArrivingMail): Promise<void> {
  const message: MailMessage = {
    id: newUuid(ports.random, ports.clock.now()),
    receivedAt: ports.calendar.now(),
    ...mail,
  }
  try {
    await ports.store.transact((writes) => [writes.mailboxes.deliver(message)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
  }
}

/** Admits a mail and puts it into its mailbox. */
export async function deliverMail(ports: DeliveryPorts, mail: ArrivingMail): Promise<Admission> {
  const admission = await admitMail(ports, mail.address)
  if (admission.outcome === 'accepted' && !admission.swallowed) await putMail(ports, mail)
  return admission
}

async function usedFault(ports: Pick<Ports, 'store'>, address: string): Promise<MailFaultKind | undefined> {
  for (;;) {
    const fault = await ports.store.reads.mailFaults.firstFor(address)
    if (fault === undefined) return undefined
    try {
      await ports.store.transact((writes) => [writes.mailFaults.use(fault.id)])
      return fault.kind
    } catch (error) {
      // Another mail used it up meanwhile: look for the next one.
      if (!(error instanceof StoreConflict)) throw error
    }
  }
}

function answer(code: Admission['code'], text: string): Admission {
  const outcome = code === 250 ? 'accepted' : code === 450 ? 'deferred' : 'bounced'
  return { outcome, code, text, swallowed: false }
}
