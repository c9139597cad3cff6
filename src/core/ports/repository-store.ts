import type { CrlScope, ShardId } from '../domain/crl-scopes.ts'
import type { AuthorityId, Serial } from '../domain/ids.ts'
import type { RepositoryAlarm } from '../domain/repository-alarms.ts'
import type { Millis } from '../domain/time.ts'
import type { Write } from './write.ts'

/** How far somebody has read what changed: the last `Revocation` and the last `WithdrawnRevocation`. */
export type StatusPosition = { readonly revocation: number; readonly withdrawal: number }

/** A certificate whose status is another than before. */
export type StatusChange = {
  readonly sequence: number
  readonly authority: AuthorityId
  readonly shard: ShardId | undefined
  readonly serial: Serial
}

/** A CRL of which is to be told when it knows what happened up to there. */
export type AwaitedCrl = { readonly scope: CrlScope } & StatusPosition

/** An alarm that the operator's webhook is still to be told of: that it began, or that it is over. */
export type UntoldAlarm = { readonly alarm: RepositoryAlarm; readonly tell: 'began' | 'ended' }

/** Writes about the public repository. */
export type RepositoryWrites = {
  readonly repository: {
    /** Raises what is awaited. */
    await(crl: AwaitedCrl): Write
    /** Nothing is awaited of it any more, unless it was raised meanwhile. */
    settle(crl: AwaitedCrl): Write
    /** Conflict `exists` while there is one for the subject. */
    raise(alarm: RepositoryAlarm): Write
    /** Another reason than before; conflict `stale` when it is over. */
    changeAlarm(alarm: RepositoryAlarm): Write
    /** Conflict `stale` when it is over. */
    endAlarm(id: string, at: Millis): Write
    /** The webhook knows. */
    told(untold: UntoldAlarm): Write
    /** Those that were over before `time`. */
    dropAlarmsBefore(time: Millis): Write
  }
}

/** Reads about the public repository. */
export type RepositoryReads = {
  readonly repository: {
    /** The end of what changed. */
    newest(): Promise<StatusPosition>
    /** In order of sequence. */
    revokedAfter(sequence: number, limit: number): Promise<readonly StatusChange[]>
    /** Revocations that were taken back, in order of sequence. */
    withdrawnAfter(sequence: number, limit: number): Promise<readonly StatusChange[]>
    /** The authority's newest certificate; undefined when it has issued none. */
    newestIssued(authority: AuthorityId): Promise<Serial | undefined>
    /** The longest awaited first. */
    awaited(limit: number): Promise<readonly AwaitedCrl[]>
    /** Alarms that aren't over, the oldest first. */
    alarms(limit: number): Promise<readonly RepositoryAlarm[]>
    /** The one about a subject that isn't over. */
    alarm(subject: string): Promise<RepositoryAlarm | undefined>
    /** In the order in which they began. */
    untold(limit: number): Promise<readonly UntoldAlarm[]>
  }
}
