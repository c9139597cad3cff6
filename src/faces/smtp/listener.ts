import type { AddressInfo } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { SMTPServer, SMTPServerAddress, SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { MINUTE } from '../../core/domain/time.ts'
import { admitMail, putMail } from '../../core/operations/simulation/deliver-mail.ts'
import { mailAddressFrom } from '../../core/operations/simulation/mailboxes.ts'
import { ChanceryError } from '../../core/domain/errors.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { arrivedMail } from './arrived-mail.ts'

type SmtpPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>

export type SmtpOptions = {
  readonly bind: string
  /** 0 lets the system choose. */
  readonly port: number
  /** PEM of certificate and key; STARTTLS isn't offered when absent. */
  readonly tls: Pick<SecureContextOptions, 'cert' | 'key'> | undefined
}

export type SmtpListener = {
  readonly port: number
  /** Lets mails that are on their way arrive. */
  close(): Promise<void>
}

/** What one mail, and one client, may cost. */
const LIMITS = { octets: 256 * 1024, recipients: 100, clients: 50, idle: MINUTE, closing: 2_000 }

/**
 * A mail server for the simulation's mailboxes (RFC 5321), so that other programs' mail arrives there too. It takes mail
 * for mailboxes of the simulation and for nobody else, from anybody.
 * @throws Error when it can't listen
 */
export async function openSmtpListener(ports: SmtpPorts, options: SmtpOptions): Promise<SmtpListener> {
  // 3 MB of code that a server without this port never needs.
  const { SMTPServer: Server } = await import('smtp-server')
  const swallowed = new WeakSet<SMTPServerAddress>()
  const server: SMTPServer = new Server({
    banner: 'Chancery simulation',
    size: LIMITS.octets,
    maxRecipients: LIMITS.recipients,
    maxClients: LIMITS.clients,
    socketTimeout: LIMITS.idle,
    closeTimeout: LIMITS.closing,
    disableReverseLookup: true,
    authOptional: true,
    disabledCommands: ['AUTH', ...(options.tls === undefined ? ['STARTTLS'] : [])],
    ...options.tls,
    logger: false,
    onRcptTo: (address, _session, done) => void settle(done, admitted(ports, address, swallowed)),
    onData: (stream, session, done) => void settle(done, taken(ports, stream, session, swallowed)),
  })
  await listening(server, options)
  server.on('error', (error) => ports.logger.warn({ err: error }, 'a mail client’s connection failed'))
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

const listening = (server: SMTPServer, { port, bind }: SmtpOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, bind, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** A refusal in the words of a mail server (RFC 5321 §4.2, RFC 3463). */
class Refused extends Error {
  readonly responseCode: number
  constructor(responseCode: number, text: string) {
    super(text)
    this.responseCode = responseCode
  }
}

async function admitted(
  ports: SmtpPorts,
  address: SMTPServerAddress,
  swallowed: WeakSet<SMTPServerAddress>,
): Promise<void> {
  const admission = await admitMail(ports, recipientOf(address))
  if (admission.outcome !== 'accepted') throw new Refused(admission.code, admission.text)
  if (admission.swallowed) swallowed.add(address)
}

function recipientOf({ address }: SMTPServerAddress): string {
  try {
    return mailAddressFrom(address, 'recipient')
  } catch (error) {
    if (error instanceof ChanceryError) throw new Refused(553, '5.1.3 That is no address here')
    throw error
  }
}

async function taken(
  ports: SmtpPorts,
  stream: SMTPServerDataStream,
  { envelope }: SMTPServerSession,
  swallowed: WeakSet<SMTPServerAddress>,
): Promise<void> {
  const octets = await octetsOf(stream)
  if (octets === undefined) throw new Refused(552, '5.3.4 The message is too large')
  const mail = await arrivedMail(octets)
  const sender = envelope.mailFrom === false ? '' : envelope.mailFrom.address
  const to = envelope.rcptTo.filter((recipient) => !swallowed.has(recipient)).map(recipientOf)
  for (const address of new Set(to)) await putMail(ports, { ...mail, address, sender })
}

/** Read to its end, as SMTP wants it, and not kept beyond the limit; undefined for one that is too large. */
async function octetsOf(stream: SMTPServerDataStream): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length <= LIMITS.octets) chunks.push(chunk)
    else chunks.length = 0
  }
  return length <= LIMITS.octets ? Buffer.concat(chunks, length) : undefined
}

/** What isn't a refusal of ours is the server's trouble: come again later, and no word of why. */
async function settle(done: (error?: Error | null) => void, work: Promise<void>): Promise<void> {
  try {
    await work
    done()
  } catch (error) {
    done(error instanceof Refused ? error : new Refused(451, '4.3.0 Local error, try again later'))
  }
}
