import { approvalState, type Approval, type ApprovalState, type Decision } from '../../domain/approvals.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { sha256 } from '../../x509/digest.ts'
import { actingFor, approvalEvent, contextOf, storedEvidence } from './approvals.ts'

type DecidePorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings'>

/** A request as the person who opens the link sees it. */
export type ApprovalView = {
  readonly approval: Approval
  readonly state: ApprovalState
  /** When it was decided, where it was. */
  readonly decidedAt: number | undefined
  /** Undefined when the certificate is gone, or at another version. */
  readonly managed: ManagedCertificate | undefined
}

/** Where a decision came from, for the audit trail. */
export type Decider = {
  readonly sourceAddress: string | undefined
  readonly userAgent?: string | undefined
  readonly requestId?: string
}

/** 32 octets in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/

/** What a link asks for; changes nothing. @throws not_found for a token that nobody was sent, or not any more */
export async function describeApproval(
  ports: Pick<Ports, 'store' | 'calendar'>,
  token: string,
): Promise<ApprovalView> {
  // Looked up by its hash: how long that takes tells of the hash, of which nobody can choose the beginning.
  const approval = TOKEN.test(token) ? await ports.store.reads.approvals.byHash(sha256(token)) : undefined
  if (approval === undefined) throw new ChanceryError('not_found', 'There is no such request')
  const siblings = await ports.store.reads.approvals.of(approval)
  const context = await contextOf(ports, approval)
  const decided = siblings.find((each) => each.replacedAt === undefined && each.decision !== undefined)
  return {
    approval,
    state: approvalState(approval, siblings, context?.validation, ports.calendar.now()),
    decidedAt: decided?.decision?.at,
    managed: context?.managed,
  }
}

/**
 * Approves or rejects, once: the token is used up, the name's validation settled and the event on record in one
 * transaction, or nothing is.
 * @returns the request afterwards
 * @throws not_found for an unknown token; state_conflict when it is decided, expired, replaced or not waited for
 */
export async function decideApproval(
  ports: DecidePorts,
  token: string,
  what: Decision,
  decider: Decider,
): Promise<ApprovalView> {
  const { approval, state } = await describeApproval(ports, token)
  if (state !== 'open') throw undecidable(state)
  const now = ports.calendar.now()
  const from = decider.sourceAddress ?? 'unknown'
  const decision = { what, at: now, from }
  const approvals = (await ports.store.reads.approvals.of(approval)).map((each) =>
    each.id === approval.id ? { ...each, decision } : each,
  )
  const { managed, domain, version, mailbox } = approval
  const group = { managed, domain, version }
  const approved = what === 'approve'
  const event = decisionEvent(ports, approval, what, decider)
  try {
    await ports.store.transact((writes) => [
      writes.approvals.decide(approval, what, now, from),
      writes.validations.settle(
        managed,
        domain,
        approved ? 'SUCCESS' : 'FAILED',
        approved ? undefined : `rejected by ${mailbox}`,
        now,
      ),
      writes.validations.putEvidence(storedEvidence(group, approvals, now)),
      writes.managed.wake(managed, now),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict) throw undecidable('closed', error)
    throw error
  }
  return describeApproval(ports, token)
}

/** The person is known by the mailbox that the link was sent to, and by nothing else. */
function decisionEvent(
  ports: Pick<Ports, 'random' | 'clock' | 'settings'>,
  approval: Approval,
  what: Decision,
  { sourceAddress, userAgent, requestId }: Decider,
): ReturnType<typeof approvalEvent> {
  const principal = {
    ...actingFor(ports, approval),
    id: `mailbox/${approval.mailbox}`,
    ...(sourceAddress === undefined ? {} : { sourceAddress }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...(requestId === undefined ? {} : { requestId }),
  }
  const name = what === 'approve' ? 'ApproveDomain' : 'RejectDomain'
  return approvalEvent(ports, name, principal, approval, {
    validationDomain: approval.validationDomain,
    mailbox: approval.mailbox,
  })
}

const REASONS: Readonly<Record<ApprovalState, string>> = {
  open: '',
  approved: 'it was approved already',
  rejected: 'it was rejected already',
  expired: 'the time for it is over',
  replaced: 'a newer mail took its place',
  closed: 'nobody waits for it any more',
}

const undecidable = (state: ApprovalState, cause?: unknown): ChanceryError =>
  new ChanceryError('state_conflict', `The request can't be decided: ${REASONS[state]}`, {
    details: { state },
    cause,
  })
