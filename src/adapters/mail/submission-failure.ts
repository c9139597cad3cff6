import type { Delivery } from '../../core/ports/mailer.ts'

/** What nodemailer adds to an error. */
type Failure = {
  readonly code?: unknown
  /** The runtime's own, where the library put one of its own over it. */
  readonly originalCode?: unknown
  readonly responseCode?: unknown
  readonly response?: unknown
}

const LONGEST = 500

/** Commands whose refusal is about this mail; before them, it is about us (RFC 5321 §4.2.1: 5yz is for good). */
const ABOUT_THE_MAIL: ReadonlySet<unknown> = new Set(['EENVELOPE', 'EMESSAGE'])

/** In our own words: those of the system or the library may quote what was sent, credentials included. */
const CAUSES: Readonly<Record<string, string>> = {
  EAUTH: 'the server does not take the user and password',
  ENOAUTH: 'the server does not take the user and password',
  ETLS: 'TLS with the server failed, or it offers none',
  ETIMEDOUT: 'the server did not answer in time',
  EDNS: 'the server’s name was not found',
  ECONNECTION: 'the server closed the connection',
  ECONNREFUSED: 'the server refused the connection',
  ESOCKET: 'the connection to the server failed',
  EPROTOCOL: 'the server does not speak SMTP as it should',
}

/** How the runtime says that nobody vouches for a certificate, or not for this name. */
const CERTIFICATE = /CERT|VERIFY|ISSUER|CRL/

/** What a failed submission means for the mail. */
export function deliveryAfter(error: unknown): Pick<Delivery, 'outcome' | 'response'> {
  const { code, originalCode, responseCode, response } = (error ?? {}) as Failure
  if (ABOUT_THE_MAIL.has(code) && typeof responseCode === 'number') {
    const outcome = responseCode >= 500 && responseCode < 600 ? 'bounced' : 'deferred'
    return { outcome, response: typeof response === 'string' ? visible(response) : String(responseCode) }
  }
  const said = typeof responseCode === 'number' ? ` (${responseCode})` : ''
  const cause = CERTIFICATE.test(String(originalCode))
    ? 'the server’s certificate is not trusted, or is for another name'
    : (CAUSES[String(code)] ?? 'the mail could not be handed over')
  return { outcome: 'deferred', response: cause + said }
}

/** A server's words, on one line. */
export const visible = (text: string): string => text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, LONGEST)
