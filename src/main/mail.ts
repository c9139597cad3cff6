import { createSimulatedMailer } from '../adapters/mail/simulated.ts'
import { deliverMail } from '../core/operations/simulation/deliver-mail.ts'
import type { Mailer } from '../core/ports/mailer.ts'
import type { Ports } from '../core/ports/ports.ts'
import type { ListenerTls } from '../faces/http/server.ts'
import type { Config } from './config.ts'
import type { MailConfig, Submission } from './mail-settings.ts'

export type MailOptions = Pick<MailConfig, 'from' | 'ca' | 'approvalUrl'> & {
  readonly submission: () => Submission | undefined
}

export type OpenMailer = { readonly mailer: Mailer | undefined; readonly close: () => void }

/** By submission where it is configured; a simulation has its mailboxes; otherwise there is none. */
export async function openMailer(
  options: Pick<MailOptions, 'from' | 'ca' | 'submission'> & { readonly simulation: boolean },
  ports: Parameters<typeof deliverMail>[0],
): Promise<OpenMailer> {
  const { from, ca, submission, simulation } = options
  const server = submission()
  if (from !== undefined && server !== undefined) {
    // 0.1 s to load, for those who send.
    const { createSubmissionMailer } = await import('../adapters/mail/submission.ts')
    const mailer = createSubmissionMailer({ ...server, from, ca })
    return { mailer, close: () => mailer.close() }
  }
  const mailer =
    simulation && from !== undefined
      ? createSimulatedMailer(from, (mail) => deliverMail(ports, mail))
      : undefined
  return { mailer, close: () => {} }
}

export type MailServer = { readonly port: number | undefined; close(): Promise<void> }

/** The simulation's mail server, where a port is configured for it. @throws Error when it can't listen */
export async function openMailServer(
  ports: Ports,
  { bind, mode, mail }: Pick<Config, 'bind' | 'mode' | 'mail'>,
  tls: ListenerTls | undefined,
): Promise<MailServer> {
  const port = mail.listenerPort
  if (mode !== 'simulation' || port === undefined) return { port: undefined, close: async () => {} }
  const { openSmtpListener } = await import('../faces/smtp/listener.ts')
  try {
    return await openSmtpListener(ports, { bind, port, tls })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`CHANCERY_SMTP_PORT: can't listen on ${bind} port ${port}: ${why}`, { cause: error })
  }
}
