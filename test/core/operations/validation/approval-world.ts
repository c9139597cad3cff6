import { createSimulatedMailer } from '../../../../src/adapters/mail/simulated.ts'
import { approvingAddresses } from '../../../../src/core/domain/email-validation.ts'
import type { MailMessage } from '../../../../src/core/domain/mailboxes.ts'
import type { ManagedCertificate } from '../../../../src/core/domain/managed-certificates.ts'
import { deliverMail } from '../../../../src/core/operations/simulation/deliver-mail.ts'
import { createMailbox } from '../../../../src/core/operations/simulation/mailboxes.ts'
import { sendDueApprovals } from '../../../../src/core/operations/validation/send-approvals.ts'
import type { ApprovalGroup } from '../../../../src/core/ports/approval-store.ts'
import type { Mailer, OutgoingMail } from '../../../../src/core/ports/mailer.ts'
import type { TestPortsOptions } from '../../../support/test-ports.ts'
import { managedPorts, type ManagedPorts } from '../managed/managed.ts'

export type ApprovalWorld = ManagedPorts & {
  /** A certificate whose names are validated by mail, its mails sent. */
  asked(domainName?: string, names?: readonly string[]): Promise<ManagedCertificate>
  /** Mails in a mailbox, oldest first. */
  mails(address: string): Promise<readonly MailMessage[]>
  /** The token in the newest mail of a mailbox. */
  token(address: string): Promise<string>
  /** Everything that was handed to the mailer. */
  readonly sent: OutgoingMail[]
  sendDue(): Promise<{ sent: number }>
  group(managed: ManagedCertificate, domain?: string): ApprovalGroup
}

/** Ports with the simulation's mailboxes, of which example.com has all five. */
export async function approvalWorld(options: TestPortsOptions = {}): Promise<ApprovalWorld> {
  const sent: OutgoingMail[] = []
  const behind: { mailer?: Mailer } = {}
  const mailer: Mailer = {
    send: async (mail) => {
      sent.push(mail)
      return (behind.mailer as Mailer).send(mail)
    },
  }
  const given = await managedPorts({ mode: 'simulation', mailer, ...options })
  const { ports, admin } = given
  behind.mailer = createSimulatedMailer('ca@ca.example.test', (mail) => deliverMail(ports, mail))
  for (const address of approvingAddresses('example.com')) await createMailbox(ports, admin, { address })
  const mails = async (address: string): Promise<readonly MailMessage[]> => {
    const page = { limit: 100, after: undefined }
    return (await ports.store.reads.mailboxes.messages(address, page)).items.toReversed()
  }
  return {
    ...given,
    sent,
    mails,
    asked: async (domainName = 'example.com', names = []) => {
      const managed = await given.request({ domainName, names, validation: { method: 'EMAIL' } })
      await given.turn()
      return given.now(managed)
    },
    token: async (address) => tokenIn((await mails(address)).at(-1)?.text ?? ''),
    sendDue: () => sendDueApprovals(ports),
    group: (managed, domain = 'example.com') => ({
      managed: managed.id,
      version: (managed.current?.number ?? 0) + 1,
      domain,
    }),
  }
}

/** The token in a mail's link. */
export const tokenIn = (text: string): string =>
  /https:\/\/ca\.example\.test\/approvals\/([A-Za-z0-9_-]{43})$/m.exec(text)?.[1] ?? ''
