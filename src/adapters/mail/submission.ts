import { createTransport } from 'nodemailer'
import type { Mailer, OutgoingMail } from '../../core/ports/mailer.ts'
import { messageIdOf } from './message-id.ts'
import { deliveryAfter, visible } from './submission-failure.ts'

/** `starttls`: asked for and never done without (RFC 8314 §3.3). `tls`: from the first octet. `none`: on loopback. */
export type SubmissionSecurity = 'starttls' | 'tls' | 'none'

export type SubmissionOptions = {
  readonly host: string
  readonly port: number
  readonly security: SubmissionSecurity
  readonly credentials: { readonly user: string; readonly password: string } | undefined
  /** Who the mails are from; bounces go there. */
  readonly from: string
  /** PEM of the authorities that the server's certificate may come from; the runtime's own list when absent. */
  readonly ca?: string | undefined
  /** Milliseconds; shorter in tests. */
  readonly timeouts?: { readonly connect: number; readonly idle: number }
}

export type SubmissionMailer = Mailer & { close(): void }

const TIMEOUTS = { connect: 15_000, idle: 60_000 }
const CONNECTIONS = 4

/**
 * Hands mail to a submission server (RFC 6409) over a few kept connections. What the server refuses for good at the
 * envelope or the message is bounced; everything else, a server that can't be reached, trusted or signed in to
 * included, is deferred.
 */
export function createSubmissionMailer(options: SubmissionOptions): SubmissionMailer {
  const { host, port, security, credentials, from, ca } = options
  const { connect, idle } = options.timeouts ?? TIMEOUTS
  const transport = createTransport({
    pool: true,
    maxConnections: CONNECTIONS,
    // That a server ended an idle connection is found out by using it. At worst the same mail arrives twice, under the
    // same Message-ID.
    maxRequeues: 1,
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(credentials === undefined ? {} : { auth: { user: credentials.user, pass: credentials.password } }),
    connectionTimeout: connect,
    greetingTimeout: connect,
    dnsTimeout: connect,
    socketTimeout: idle,
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) },
    // No content of a mail names a file or a URL to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    send: async (mail) => {
      try {
        const { response } = await transport.sendMail(messageOf(mail, from))
        return { via: host, outcome: 'accepted', response: visible(response) }
      } catch (error) {
        return { via: host, ...deliveryAfter(error) }
      }
    },
    close: () => transport.close(),
  }
}

const messageOf = (mail: OutgoingMail, from: string) => ({
  // Spelled out: an address in a header is parsed again, and could become two.
  envelope: { from, to: [mail.to] },
  from,
  to: mail.to,
  subject: mail.subject,
  text: mail.text,
  ...(mail.html === undefined ? {} : { html: mail.html }),
  messageId: `<${messageIdOf(mail, from)}>`,
  // RFC 3834 §5: nobody's out-of-office reply is wanted.
  headers: { 'Auto-Submitted': 'auto-generated' },
})
