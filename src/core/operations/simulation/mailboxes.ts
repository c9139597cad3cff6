import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { mailDomainOf, MOST_MAILBOXES, type Mailbox, type MailMessage } from '../../domain/mailboxes.ts'
import { canonicalMailbox } from '../../x509/mailboxes.ts'
import { isRefusal } from '../../x509/dns-names.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'

type MailboxPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock'>

/**
 * Opens a mailbox of the simulation for the caller's account, which has the domain from then on.
 * @throws request_invalid, already_exists (the mailbox, or another account has the domain), limit_exceeded
 */
export async function createMailbox(
  ports: MailboxPorts,
  principal: Principal,
  request: { readonly address: string } & Once,
): Promise<Mailbox> {
  const { account } = principal
  authorize(principal, 'chancery:CreateMailbox', arns.mailboxes(account))
  const address = mailAddressFrom(request.address, 'address')
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreateMailbox',
    attempt: async (remember) => {
      if ((await ports.store.reads.mailboxes.count(account)) >= MOST_MAILBOXES)
        throw new ChanceryError('limit_exceeded', `an account has at most ${MOST_MAILBOXES} mailboxes`)
      const mailbox: Mailbox = { address, account, createdAt: ports.calendar.now() }
      try {
        await ports.store.transact((writes) => [
          writes.mailboxes.add(mailbox),
          ...remember(writes, String(mailbox.createdAt)),
          writes.audit.append(mailboxEvent('CreateMailbox', ports, principal, address)),
        ])
        return mailbox
      } catch (error) {
        throw error instanceof StoreConflict ? taken(address, error) : error
      }
    },
    replay: async (createdAt) =>
      stillThere(
        await ports.store.reads.mailboxes.get(address),
        (found) => found.account === account && String(found.createdAt) === createdAt,
      ),
  })
}

/** @throws not_found */
export async function deleteMailbox(ports: MailboxPorts, principal: Principal, text: string): Promise<void> {
  const { account } = principal
  const address = text.toLowerCase()
  authorize(principal, 'chancery:DeleteMailbox', arns.mailbox(account, address))
  try {
    await ports.store.transact((writes) => [
      writes.mailboxes.remove(account, address),
      writes.audit.append(mailboxEvent('DeleteMailbox', ports, principal, address)),
    ])
  } catch (error) {
    throw error instanceof StoreConflict ? noMailbox() : error
  }
}

/** The mailboxes of the caller's account, by address. */
export async function listMailboxes(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Mailbox>> {
  authorize(principal, 'chancery:ListMailboxes', arns.mailboxes(principal.account))
  return ports.store.reads.mailboxes.list(principal.account, page)
}

/** What is in a mailbox of the caller's account, newest first. @throws not_found */
export async function listMailMessages(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  address: string,
  page: PageRequest,
): Promise<Page<MailMessage>> {
  return ports.store.reads.mailboxes.messages(await ownMailbox(ports, principal, address), page)
}

/** One mail in a mailbox of the caller's account. @throws not_found */
export async function readMailMessage(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  address: string,
  id: string,
): Promise<MailMessage> {
  const own = await ownMailbox(ports, principal, address)
  const message = await ports.store.reads.mailboxes.message(own, id)
  if (message === undefined) throw new ChanceryError('not_found', 'id: there is no such mail in the mailbox')
  return message
}

/**
 * An address in canonical form and in lower case: the simulation tells no two mailboxes apart by case alone.
 * @throws request_invalid naming `field`
 */
export function mailAddressFrom(text: string, field: string): string {
  const address = canonicalMailbox(text)
  if (!isRefusal(address)) return address.toLowerCase()
  throw new ChanceryError('request_invalid', `${field}: ${address.message}`, {
    violations: [{ code: address.code, field, message: address.message }],
  })
}

async function ownMailbox(ports: Pick<Ports, 'store'>, principal: Principal, text: string): Promise<string> {
  const address = text.toLowerCase()
  authorize(principal, 'chancery:ReadMailbox', arns.mailbox(principal.account, address))
  const mailbox = await ports.store.reads.mailboxes.get(address)
  if (mailbox?.account !== principal.account) throw noMailbox()
  return address
}

const noMailbox = (): ChanceryError =>
  new ChanceryError('not_found', 'address: this account has no such mailbox')

function taken(address: string, cause: StoreConflict): ChanceryError {
  const refused = cause.reason === 'refused'
  const message = refused
    ? `${mailDomainOf(address)} belongs to another account`
    : 'has a mailbox already; choose another'
  return new ChanceryError('already_exists', `address: ${message}`, {
    cause,
    violations: [{ code: refused ? 'mail_domain_taken' : 'mailbox_taken', field: 'address', message }],
  })
}

function mailboxEvent(
  name: 'CreateMailbox' | 'DeleteMailbox',
  { random, clock }: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  address: string,
): ReturnType<typeof auditEvent> {
  const time = clock.now()
  return auditEvent(name, principal, {
    eventId: newUuid(random, time),
    time,
    resources: [arns.mailbox(principal.account, address)],
    request: { address },
  })
}
