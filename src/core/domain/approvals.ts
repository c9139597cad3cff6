import type { DomainValidation } from './domain-validations.ts'
import type { Evidence, Verdict } from './evidence.ts'
import type { AccountId, ManagedId, Region } from './ids.ts'
import { HOUR, MINUTE, type Millis } from './time.ts'

/** What became of a mail. `pending`: it is being sent, or the server that sent it died. */
export const DELIVERY_STATES = ['pending', 'accepted', 'deferred', 'bounced'] as const
export type DeliveryState = (typeof DELIVERY_STATES)[number]

export const DECISIONS = ['approve', 'reject'] as const
export type Decision = (typeof DECISIONS)[number]

/** A mail that asks one mailbox to approve one name of a managed certificate, with the link in it. */
export type Approval = {
  readonly id: string
  readonly managed: ManagedId
  readonly account: AccountId
  readonly region: Region
  /** The version that is to be issued: an approval is for one certificate, not for its renewals. */
  readonly version: number
  /** As requested, e.g. `*.example.com`. */
  readonly domain: string
  readonly validationDomain: string
  readonly mailbox: string
  readonly createdAt: Millis
  readonly expiresAt: Millis
  readonly delivery: DeliveryState
  /** Who took the mail or didn't, and the last words about it. */
  readonly via: string | undefined
  readonly response: string | undefined
  readonly attempts: number
  /** When to send it again; undefined when there is no need. */
  readonly dueAt: Millis | undefined
  /** When a newer mail took its place. */
  readonly replacedAt: Millis | undefined
  readonly decision: { readonly what: Decision; readonly at: Millis; readonly from: string } | undefined
}

/** What a link in a mail is good for. */
export type ApprovalState = 'open' | 'approved' | 'rejected' | 'expired' | 'replaced' | 'closed'

/** A mail that isn't known to be sent is sent again after this. */
export const UNSENT_AFTER = 5 * MINUTE
const FIRST_RETRY = 5 * MINUTE
const LONGEST_RETRY = 4 * HOUR

/** How long to wait after so many attempts: five minutes, then twice as long each time, up to four hours (RFC 5321 §4.5.4.1). */
export const retryDelay = (attempts: number): Millis =>
  Math.min(LONGEST_RETRY, FIRST_RETRY * 2 ** Math.min(attempts - 1, 10))

/** Those of the last time of asking. */
export const standing = (approvals: readonly Approval[]): readonly Approval[] =>
  approvals.filter(({ replacedAt }) => replacedAt === undefined)

/**
 * What a link is good for: one decision, in time, while the name it is about still waits for one.
 * @param siblings every approval of the same name and version
 * @param validation of the name; undefined when it, or its certificate, is gone or at another version
 */
export function approvalState(
  approval: Approval,
  siblings: readonly Approval[],
  validation: DomainValidation | undefined,
  now: Millis,
): ApprovalState {
  const decided = standing(siblings).find(({ decision }) => decision !== undefined)?.decision
  if (approval.replacedAt !== undefined) return 'replaced'
  if (decided !== undefined) return decided.what === 'approve' ? 'approved' : 'rejected'
  if (now >= approval.expiresAt) return 'expired'
  const waiting =
    validation?.status === 'PENDING_VALIDATION' && validation.validationDomain === approval.validationDomain
  return waiting ? 'open' : 'closed'
}

/** What the mails of the last time of asking have come to. */
export function verdictOf(approvals: readonly Approval[]): Verdict {
  const last = standing(approvals)
  const decided = last.find(({ decision }) => decision !== undefined)?.decision
  if (decided !== undefined) return decided.what === 'approve' ? 'passed' : 'refused'
  return nobodyAsked(last) ? 'refused' : 'undecided'
}

/** Whether no mailbox took the mail, and none ever will. */
export const nobodyAsked = (approvals: readonly Approval[]): boolean =>
  approvals.length > 0 && approvals.every(({ delivery }) => delivery === 'bounced')

/** One line a mailbox: what it was asked, and what came of it. */
export const evidenceOf = (approvals: readonly Approval[], now: Millis): readonly Evidence[] =>
  standing(approvals).map(({ mailbox, via, domain, delivery, response, decision, createdAt }) => ({
    kind: 'email',
    perspective: mailbox,
    resolver: via ?? 'none',
    question: `approve ${domain}`,
    answer:
      decision === undefined
        ? [delivery, response].filter(Boolean).join(': ').slice(0, 2000)
        : `${decision.what === 'approve' ? 'approved' : 'rejected'} from ${decision.from}`,
    verdict:
      decision?.what === 'approve'
        ? 'passed'
        : decision?.what === 'reject' || delivery === 'bounced'
          ? 'refused'
          : 'undecided',
    at: decision?.at ?? Math.max(createdAt, now),
  }))
