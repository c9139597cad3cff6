import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { mailDomainOf, type MailFaultKind } from '../../../src/core/domain/mailboxes.ts'
import { MAILBOXES, type SeenMail } from './mailer-contract.ts'

export type MailServer = {
  readonly port: number
  readonly received: SeenMail[]
  /** The headers of each mail, by name in lower case. */
  readonly headers: Map<string, unknown>[]
  /** Whether the last mail came over TLS. */
  readonly secured: () => boolean
  /** Ends every connection. */
  hangUp(): void
  order(target: string, kind: MailFaultKind, times: number): void
  close(): Promise<void>
}

const refusal = (responseCode: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode })

/** Somebody else's mail server, with mailboxes of its own; listens on loopback. */
export async function aMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const received: SeenMail[] = []
  const headers: Map<string, unknown>[] = []
  const faults: { target: string; kind: MailFaultKind; remaining: number }[] = []
  const swallowing = new Set<string>()
  let secured = false
  const server = new SMTPServer({
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onRcptTo: ({ address }, _session, done) => {
      const fault = faults.find(
        (each) => each.remaining > 0 && [address, mailDomainOf(address)].includes(each.target),
      )
      if (fault !== undefined) fault.remaining -= 1
      swallowing.delete(address)
      if (fault?.kind === 'bounce') return done(refusal(550, '5.1.1 unknown'))
      if (fault?.kind === 'defer') return done(refusal(451, '4.7.1 greylisted'))
      if (fault?.kind === 'swallow') swallowing.add(address)
      done(MAILBOXES.some((each) => each === address) ? null : refusal(550, '5.1.1 unknown'))
    },
    onData: (stream, session, done) => {
      void simpleParser(stream).then((mail) => {
        secured = session.secure
        headers.push(mail.headers)
        for (const { address } of session.envelope.rcptTo)
          if (!swallowing.has(address))
            received.push({
              to: address,
              messageId: mail.messageId?.slice(1, -1),
              subject: mail.subject ?? '',
              text: mail.text ?? '',
              html: typeof mail.html === 'string' ? mail.html : undefined,
            })
        done()
      }, done)
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    headers,
    secured: () => secured,
    hangUp: () => {
      for (const connection of server.connections) connection.close()
    },
    order: (target, kind, remaining) => void faults.push({ target, kind, remaining }),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
