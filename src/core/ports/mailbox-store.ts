import type { AccountId } from '../domain/ids.ts'
import type { Mailbox, MailFault, MailMessage } from '../domain/mailboxes.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** Writes about the simulation's mail. */
export type MailboxWrites = {
  readonly mailboxes: {
    /**
     * Takes the domain for the account where nobody has it. Conflict `exists` when the mailbox is there, `refused` when
     * the domain is another account's.
     */
    add(mailbox: Mailbox): Write
    /** With its mails; its domain is free again when it was the last one there. Conflict `stale` when there is none. */
    remove(account: AccountId, address: string): Write
    /** Puts a mail into its mailbox, the oldest make room; conflict `stale` when there is no such mailbox. */
    deliver(message: MailMessage): Write
  }
  readonly mailFaults: {
    add(fault: MailFault): Write
    /** One mail fewer that it is for; conflict `stale` when it is used up. */
    use(id: string): Write
    /** Conflict `stale` when there is none. */
    remove(id: string): Write
  }
}

/** Reads about the same. */
export type MailboxReads = {
  readonly mailboxes: {
    /** Whoever's it is. */
    get(address: string): Promise<Mailbox | undefined>
    /** Whether anybody has a mailbox in the domain. */
    hasDomain(domain: string): Promise<boolean>
    count(account: AccountId): Promise<number>
    /** By address. */
    list(account: AccountId, page: PageRequest): Promise<Page<Mailbox>>
    /** Newest first. */
    messages(address: string, page: PageRequest): Promise<Page<MailMessage>>
    message(address: string, id: string): Promise<MailMessage | undefined>
  }
  readonly mailFaults: {
    /** The oldest that is for the address or its domain; one for the address goes before. */
    firstFor(address: string): Promise<MailFault | undefined>
    /** Oldest first. */
    all(): Promise<readonly MailFault[]>
  }
}
