import { nobodyAsked, retryDelay, standing, UNSENT_AFTER, type Approval } from '../../domain/approvals.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Delivery } from '../../ports/mailer.ts'
import type { Ports } from '../../ports/ports.ts'
import { sha256 } from '../../x509/digest.ts'
import { approvalMail } from './approval-mail.ts'
import { contextOf, mailRoom, storedEvidence, type ApprovalPorts } from './approvals.ts'

/** What is in a link: 256 bits. */
export type ApprovalToken = { readonly token: string; readonly hash: Uint8Array }

/** The token is in the mail and nowhere else. */
export function newApprovalToken({ random }: Pick<Ports, 'random'>): ApprovalToken {
  const token = Buffer.from(random.bytes(32)).toString('base64url')
  return { token, hash: sha256(token) }
}

/** A mail on record, with its token. */
export type ToSend = { readonly approval: Approval; readonly token: string }

/**
 * Sends mails that are on record already, and records what became of each. When no mailbox takes one, the name's
 * validation fails: NO_AVAILABLE_CONTACTS.
 */
export async function sendApprovals(
  ports: ApprovalPorts,
  managed: ManagedCertificate,
  mails: readonly ToSend[],
): Promise<void> {
  const { mailer, approvalUrl } = mailRoom(ports)
  const sent = await Promise.all(
    mails.map(async ({ approval, token }) => {
      const mail = approvalMail(approval, managed, `${approvalUrl}/approvals/${token}`)
      return delivered(approval, await mailer.send(mail), ports.calendar.now())
    }),
  )
  await record(ports, sent)
}

/** A mail after an attempt. */
function delivered(approval: Approval, { outcome, via, response }: Delivery, now: number): Approval {
  const dueAt = outcome === 'deferred' ? now + retryDelay(approval.attempts) : undefined
  return { ...approval, delivery: outcome, via, response, dueAt }
}

async function record(ports: ApprovalPorts, sent: readonly Approval[]): Promise<void> {
  const [first] = sent
  if (first === undefined) return
  const now = ports.calendar.now()
  const { managed, domain, version } = first
  const group = { managed, domain, version }
  const byId = new Map(sent.map((each) => [each.id, each]))
  const all = (await ports.store.reads.approvals.of(group)).map((each) => byId.get(each.id) ?? each)
  const records = { evidence: storedEvidence(group, all, now), failed: nobodyAsked(standing(all)) }
  try {
    await ports.store.transact((writes) => [
      ...sent.map((each) => writes.approvals.delivered(each)),
      writes.validations.putEvidence(records.evidence),
      ...(records.failed
        ? [
            writes.validations.settle(managed, domain, 'FAILED', 'NO_AVAILABLE_CONTACTS', now),
            writes.managed.wake(managed, now),
          ]
        : []),
    ])
  } catch (error) {
    // Decided or deleted meanwhile: how the mails went doesn't matter any more.
    if (!(error instanceof StoreConflict)) throw error
  }
}

/** Mails of one turn. */
const BATCH = 100

/**
 * Sends again what was deferred, or may never have been sent because a server died. Each time with a new token: the old
 * one was delivered to nobody, and only its hash is known.
 */
export async function sendDueApprovals(ports: ApprovalPorts): Promise<{ sent: number }> {
  if (ports.mailer === undefined || ports.settings.approvalUrl === undefined) return { sent: 0 }
  const now = ports.calendar.now()
  let sent = 0
  for (const approval of await ports.store.reads.approvals.due(now, BATCH))
    if (await sendAgain(ports, approval, now)) sent++
  return { sent }
}

async function sendAgain(ports: ApprovalPorts, approval: Approval, now: number): Promise<boolean> {
  const context = await contextOf(ports, approval)
  if (context?.validation.status !== 'PENDING_VALIDATION' || now >= approval.expiresAt) {
    await ports.store.transact((writes) => [writes.approvals.letBe(approval.id)])
    return false
  }
  const { token, hash } = newApprovalToken(ports)
  try {
    await ports.store.transact((writes) => [writes.approvals.renew(approval, hash, now + UNSENT_AFTER)])
  } catch (error) {
    // Another server sends it, or nobody needs it any more.
    if (error instanceof StoreConflict) return false
    throw error
  }
  const attempts = approval.attempts + 1
  await sendApprovals(ports, context.managed, [{ approval: { ...approval, attempts }, token }])
  return true
}
