import { createSimulatedMailer } from '../../../src/adapters/mail/simulated.ts'
import { deliverMail } from '../../../src/core/operations/simulation/deliver-mail.ts'
import { orderMailFault } from '../../../src/core/operations/simulation/mail-faults.ts'
import { createMailbox } from '../../../src/core/operations/simulation/mailboxes.ts'
import type { Mailer } from '../../../src/core/ports/mailer.ts'
import { testPorts, type TestPorts } from '../../support/test-ports.ts'
import { MAILBOXES, type MailWorld, type SeenMail } from './mailer-contract.ts'

const FROM = 'ca@ca.example.test'

/** The simulation's mailboxes, delivered into directly. */
export const simulatedWorld = (): Promise<MailWorld> =>
  worldWith(({ ports }) => ({
    mailer: createSimulatedMailer(FROM, (mail) => deliverMail(ports, mail)),
    close: async () => {},
  }))

/** The simulation's mailboxes, with whatever mailer delivers into them. */
export async function worldWith(
  make: (given: TestPorts) => Awaitable<{ mailer: Mailer; close: () => Promise<void> }>,
): Promise<MailWorld> {
  const given = await testPorts({ mode: 'simulation', authorities: false, now: Date.now() })
  const { ports, admin } = given
  for (const address of MAILBOXES) await createMailbox(ports, admin, { address })
  const { mailer, close } = await make(given)
  return {
    mailer,
    order: async (target, kind, times) => void (await orderMailFault(ports, admin, { target, kind, times })),
    received: () => receivedBy(given),
    close: async () => {
      await close()
      await given[Symbol.asyncDispose]()
    },
  }
}
type Awaitable<T> = T | Promise<T>

async function receivedBy({ ports }: TestPorts): Promise<readonly SeenMail[]> {
  const seen: SeenMail[] = []
  for (const address of MAILBOXES) {
    const { items } = await ports.store.reads.mailboxes.messages(address, { limit: 1000, after: undefined })
    seen.push(...items.toReversed().map(({ address: to, ...mail }) => ({ to, ...mail })))
  }
  return seen
}
