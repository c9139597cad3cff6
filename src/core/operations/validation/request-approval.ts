import type { Principal } from '../../domain/access.ts'
import { standing, UNSENT_AFTER, type Approval } from '../../domain/approvals.ts'
import { VALIDATION_WINDOW, type DomainValidation } from '../../domain/domain-validations.ts'
import { approvingAddresses, validationDomainProblem } from '../../domain/email-validation.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import { isName, nameOrRefusal } from '../../x509/general-names.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { managedAt } from '../managed/managed-at.ts'
import { newUuid } from '../new-ids.ts'
import {
  actingFor,
  approvalEvent,
  groupOf,
  mailRoom,
  versionToCome,
  type ApprovalPorts,
} from './approvals.ts'
import { newApprovalToken, sendApprovals, type ToSend } from './send-approvals.ts'
import { authorizeManaged } from '../managed/authorize-managed.ts'

/**
 * Asks the five mailboxes of a validation domain to approve one name, once in each round of validation, which its end
 * tells from others. On record before anything is sent.
 * @returns the mails of the last time of asking
 * @throws state_conflict when no mail can be sent here
 */
export async function requestApproval(
  ports: ApprovalPorts,
  managed: ManagedCertificate,
  validation: DomainValidation,
): Promise<readonly Approval[]> {
  mailRoom(ports)
  const group = groupOf(managed, validation.domain)
  const now = ports.calendar.now()
  const until = managed.validateUntil ?? now + VALIDATION_WINDOW
  const asked = async (): Promise<readonly Approval[]> =>
    standing(await ports.store.reads.approvals.of(group)).filter(({ expiresAt }) => expiresAt === until)
  const before = await asked()
  if (before.length > 0) return before
  const mails = newMails(ports, managed, validation, until)
  const event = approvalEvent(ports, 'SendApprovalRequest', actingFor(ports, managed), group, facts(mails))
  try {
    await ports.store.transact((writes) => [
      writes.approvals.replaceEarlier(group, until, now),
      ...adding(writes, mails),
      writes.audit.append(event),
    ])
  } catch (error) {
    // Another server asks at this moment.
    if (!(error instanceof StoreConflict)) throw error
    return asked()
  }
  await sendApprovals(ports, managed, mails.map(toSend))
  return asked()
}

export type ResendRequest = {
  /** One of the certificate's names that waits. */
  readonly domain: string
  /** Whose mailboxes are asked; as before when absent. */
  readonly validationDomain?: string
}

/**
 * Asks again, also other mailboxes. The links of earlier mails are void from then on, so that a mail that went astray
 * approves nothing; the time for it isn't any longer than it was.
 * @throws not_found, request_invalid (domain, validationDomain), state_conflict when the name doesn't wait for mail, is
 * decided, or its time is over
 */
export async function resendApproval(
  ports: ApprovalPorts,
  principal: Principal,
  reference: string,
  request: ResendRequest,
): Promise<ManagedCertificate> {
  await authorizeManaged(ports, principal, 'acm:ResendValidationEmail', reference)
  const managed = await managedAt(ports, principal, reference)
  mailRoom(ports)
  const found = await waiting(ports, managed, canonical(request.domain, 'domain'))
  const validation = { ...found, validationDomain: validationDomainFor(found, request.validationDomain) }
  const now = ports.calendar.now()
  const until = managed.validateUntil ?? now
  if (now >= until)
    throw new ChanceryError('state_conflict', 'The time for approval is over; request the certificate anew')
  const group = groupOf(managed, validation.domain)
  const mails = newMails(ports, managed, validation, until)
  const event = approvalEvent(ports, 'ResendValidationEmail', principal, group, facts(mails))
  try {
    await ports.store.transact((writes) => [
      writes.approvals.replaceAll(group, now),
      writes.validations.put(validation),
      ...adding(writes, mails),
      // Whoever is looking at the certificate now decided on what it was before.
      writes.managed.wake(managed.id, now),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    const message = 'It was decided at this moment'
    throw new ChanceryError('state_conflict', message, { cause: error })
  }
  await sendApprovals(ports, managed, mails.map(toSend))
  return managedAt(ports, principal, reference)
}

type Mail = ToSend & { readonly hash: Uint8Array }
const toSend = ({ approval, token }: Mail): ToSend => ({ approval, token })

function newMails(
  ports: Pick<Ports, 'random' | 'calendar' | 'clock'>,
  managed: ManagedCertificate,
  { domain, validationDomain }: DomainValidation,
  expiresAt: Millis,
): readonly Mail[] {
  const now = ports.calendar.now()
  return approvingAddresses(validationDomain).map((mailbox) => ({
    ...newApprovalToken(ports),
    approval: {
      id: newUuid(ports.random, ports.clock.now()),
      managed: managed.id,
      account: managed.account,
      region: managed.region,
      version: versionToCome(managed),
      domain,
      validationDomain,
      mailbox,
      createdAt: now,
      expiresAt,
      delivery: 'pending',
      via: undefined,
      response: undefined,
      attempts: 1,
      dueAt: now + UNSENT_AFTER,
      replacedAt: undefined,
      decision: undefined,
    },
  }))
}

const adding = (writes: Writes, mails: readonly Mail[]): readonly Write[] =>
  mails.map(({ approval, hash }) => writes.approvals.add(approval, hash))

const facts = (mails: readonly Mail[]) => ({
  validationDomain: mails[0]?.approval.validationDomain,
  mailboxes: mails.map(({ approval }) => approval.mailbox),
})

/** The validation of a name that waits for somebody to decide. */
async function waiting(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
  domain: string,
): Promise<DomainValidation> {
  const validations = await ports.store.reads.validations.of(managed.id)
  const found = validations.find((each) => each.domain === domain)
  if (found === undefined)
    refuse('request_invalid', [
      { code: 'domain_unknown', field: 'domain', message: 'is none of the certificate’s names' },
    ])
  if (
    found?.method === 'EMAIL' &&
    found.status === 'PENDING_VALIDATION' &&
    managed.validateUntil !== undefined
  )
    return found
  const why = found?.method === 'EMAIL' ? 'is not waiting for approval' : 'is not validated by mail'
  throw new ChanceryError('state_conflict', `domain: ${domain} ${why}`)
}

function validationDomainFor(
  { domain, validationDomain }: DomainValidation,
  text: string | undefined,
): string {
  if (text === undefined) return validationDomain
  const above = canonical(text, 'validationDomain')
  const message = validationDomainProblem(domain, above)
  if (message === undefined) return above
  refuse('request_invalid', [{ code: 'validation_domain', field: 'validationDomain', message }])
  return validationDomain
}

function canonical(text: string, field: string): string {
  const name = nameOrRefusal('dns', text)
  if (isName(name) && name.type === 'dns') return name.value
  const message = 'must be a DNS name'
  throw new ChanceryError('request_invalid', `${field}: ${message}`, {
    violations: [{ code: 'dns', field, message }],
  })
}
