import type { Approval, Decision } from '../domain/approvals.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** Which mails belong together: those about one name for one version. */
export type ApprovalGroup = Pick<Approval, 'managed' | 'version' | 'domain'>

export type ApprovalWrites = {
  readonly approvals: {
    /** Conflict `exists` when the mailbox is being asked already. */
    add(approval: Approval, hash: Uint8Array): Write
    /** Nothing that was asked before counts any more, unless it was decided: conflict `stale`. */
    replaceAll(group: ApprovalGroup, at: Millis): Write
    /** What was asked in earlier rounds, which ended at another time, decided or not. */
    replaceEarlier(group: ApprovalGroup, until: Millis, at: Millis): Write
    /** A new token for a mail that is sent again; conflict `stale` when it isn't waiting after so many attempts. */
    renew(approval: Approval, hash: Uint8Array, dueAt: Millis): Write
    /** What became of a mail; nothing is written where it was decided or sent again meanwhile. */
    delivered(approval: Approval): Write
    /** Conflict `stale` unless it is in time, and nobody has decided before. */
    decide(approval: Approval, what: Decision, at: Millis, from: string): Write
    /** Not to be sent again. */
    letBe(id: string): Write
  }
}

export type ApprovalReads = {
  readonly approvals: {
    byHash(hash: Uint8Array): Promise<Approval | undefined>
    /** In order of asking. */
    of(group: ApprovalGroup): Promise<readonly Approval[]>
    /** To be sent again by `now`, the longest overdue first. */
    due(now: Millis, limit: number): Promise<readonly Approval[]>
  }
}
