import type { AuthorityId } from './ids.ts'
import type { Millis } from './time.ts'

/** What can be amiss with something that clients fetch. */
export const ALARM_REASONS = [
  'missing', // there is none
  'unreachable', // no answer, or another than 200
  'invalid', // not what it should be, or not signed as it should be
  'superseded', // older than what has been published
  'stale', // half of its life is over, and no new one has come
  'unwritten', // the storage hasn't taken it, twice in a row
] as const
export type AlarmReason = (typeof ALARM_REASONS)[number]

/** What clients fetch. A responder's own certificate ends, too. */
export const WATCHED_KINDS = ['crl', 'delta', 'ocsp', 'responder'] as const
export type WatchedKind = (typeof WATCHED_KINDS)[number]

/** What alarms are about: what is watched, and what is written to the operator's storage. */
export const ALARM_KINDS = [...WATCHED_KINDS, 'object'] as const

/** One thing that is watched. */
export type Watched = {
  readonly kind: WatchedKind
  readonly authority: AuthorityId
  /** Of the CRL's file: the authority's id or a shard's name; of the others the authority's id. */
  readonly name: string
}

/** `crl/<name>`: the same for the same thing. */
export const subjectOf = ({ kind, name }: Watched): string => `${kind}/${name}`

/** `object/<name>`: of a CRL as above, with `-delta` for a delta; the id of an audit report. */
export const objectSubject = (name: string): string => `object/${name}`
export const isObjectSubject = (subject: string): boolean => subject.startsWith('object/')

export type Finding = { readonly reason: AlarmReason; readonly detail: string }

/** Something that isn't, or wasn't, as clients must find it. Times are the system clock's. */
export type RepositoryAlarm = Finding & {
  readonly id: string
  /** As `subjectOf` or `objectSubject` has it. */
  readonly subject: string
  readonly authority: AuthorityId
  readonly since: Millis
  readonly recoveredAt: Millis | undefined
}

/**
 * When something with a life has become stale: its successor should have come at half of its life. `grace` is for the
 * ways between: the job that makes it, and a cache that may have kept the one before; but no more than an eighth of the
 * life, so that something short-lived doesn't end in silence.
 */
export const staleFrom = (thisUpdate: Millis, nextUpdate: Millis, grace: Millis): Millis =>
  thisUpdate + (nextUpdate - thisUpdate) / 2 + Math.min(grace, (nextUpdate - thisUpdate) / 8)
