import type { AccountId } from './ids.ts'
import type { Millis } from './time.ts'

/** A mailbox of the simulation. */
export type Mailbox = {
  /** In lower case, its domain in A-labels. */
  readonly address: string
  readonly account: AccountId
  readonly createdAt: Millis
}

/** A mail as it lies in a mailbox of the simulation. */
export type MailMessage = {
  readonly id: string
  /** The mailbox it lies in. */
  readonly address: string
  /** Its Message-ID, without angle brackets; undefined where it has none. */
  readonly messageId: string | undefined
  /** Who sent it, as the envelope says; empty for a notification that wants no answer (RFC 5321 §4.5.5). */
  readonly sender: string
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
  readonly receivedAt: Millis
}

/** `bounce`: refused for good. `defer`: refused for now. `swallow`: taken, and never seen again. */
export const MAIL_FAULT_KINDS = ['bounce', 'defer', 'swallow'] as const
export type MailFaultKind = (typeof MAIL_FAULT_KINDS)[number]

/** What happens to the next mails for an address or a domain. */
export type MailFault = {
  readonly id: string
  /** An address, or a domain without @: every address in it. */
  readonly target: string
  readonly kind: MailFaultKind
  /** How many mails it is still for. */
  readonly remaining: number
  readonly createdAt: Millis
}

/** Mails that a mailbox keeps; older ones make room. */
export const MAILS_KEPT = 500
/** Mailboxes of one account. */
export const MOST_MAILBOXES = 1000
/** Faults of the installation at a time. */
export const MOST_MAIL_FAULTS = 1000
/** Most mails one fault is for. */
export const MOST_FAULTY_MAILS = 1_000_000

/** The part after the @ of a canonical address. */
export const mailDomainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)
