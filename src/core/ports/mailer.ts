export type OutgoingMail = {
  /** One address, e.g. `hostmaster@example.com`. */
  readonly to: string
  readonly subject: string
  /** Plain text; a mail has always one. */
  readonly text: string
  readonly html?: string
  /** For the Message-ID, and so that the same mail sent twice is known as one. */
  readonly id: string
}

export type Delivery = {
  /** Who took it or didn't: `simulated`, or the submission server's host. */
  readonly via: string
  /** The server's last words, e.g. `250 2.0.0 Ok: queued as 12345`. */
  readonly response: string
  /** `accepted`: somebody else is responsible now. `deferred`: try later. `bounced`: never will be. */
  readonly outcome: 'accepted' | 'deferred' | 'bounced'
}

/** Sends mail. */
export type Mailer = {
  /** Never rejects: what went wrong is part of the answer. */
  send(mail: OutgoingMail): Promise<Delivery>
}
