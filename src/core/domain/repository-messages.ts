import { arns } from './arns.ts'
import type { Authority } from './authorities.ts'
import { cacheTags } from './cache-tags.ts'
import type { AuthorityId, Serial } from './ids.ts'
import type { RepositoryAlarm } from './repository-alarms.ts'
import { isoOf, type Millis } from './time.ts'

/** What the operator's webhook is told. */
export const REPOSITORY_MESSAGES = {
  changed: 'local.chancery.repository.changed',
  alarm: 'local.chancery.repository.alarm',
  recovered: 'local.chancery.repository.recovered',
} as const

/** What a cache is to forget: by URL, and by tag where it knows tags. */
export type Purge = { readonly urls: readonly string[]; readonly tags: readonly string[] }

/** CloudEvents 1.0, JSON format; `source` and `id` together are unique. */
export type RepositoryMessage = {
  readonly specversion: '1.0'
  readonly id: string
  readonly source: '/repository'
  readonly type: (typeof REPOSITORY_MESSAGES)[keyof typeof REPOSITORY_MESSAGES]
  readonly subject?: string
  readonly time: string
  readonly datacontenttype: 'application/json'
  readonly data: Purge | Readonly<Record<string, string>>
}

const message = (
  id: string,
  time: Millis,
  type: RepositoryMessage['type'],
  data: RepositoryMessage['data'],
  subject?: string,
): RepositoryMessage => ({
  specversion: '1.0',
  id,
  source: '/repository',
  type,
  ...(subject === undefined ? {} : { subject }),
  time: isoOf(time),
  datacontenttype: 'application/json',
  data,
})

/** That what caches have is out of date. @param id a new one */
export const changedMessage = (id: string, time: Millis, purge: Purge): RepositoryMessage =>
  message(id, time, REPOSITORY_MESSAGES.changed, purge)

/** That something isn't as clients must find it, or is again. @param tell which */
export function alarmMessage(
  alarm: RepositoryAlarm,
  { account, region }: Pick<Authority, 'account' | 'region'>,
  tell: 'began' | 'ended',
): RepositoryMessage {
  const ended = tell === 'ended'
  const time = ended ? (alarm.recoveredAt ?? alarm.since) : alarm.since
  const type = ended ? REPOSITORY_MESSAGES.recovered : REPOSITORY_MESSAGES.alarm
  const data = {
    authority: arns.authority({ account, region }, alarm.authority),
    reason: alarm.reason,
    detail: alarm.detail,
    since: isoOf(alarm.since),
  }
  return message(ended ? `${alarm.id}-recovered` : alarm.id, time, type, data, alarm.subject)
}

/** Certificates that are named one by one; beyond it everything about their authorities is forgotten. */
export const MOST_NAMED = 100

/** Tags of what a responder said about certificates. */
export function statusTags(
  changes: readonly { readonly authority: AuthorityId; readonly serial: Serial }[],
): readonly string[] {
  const tag =
    changes.length > MOST_NAMED
      ? ({ authority }: (typeof changes)[number]) => cacheTags.responder(authority)
      : ({ authority, serial }: (typeof changes)[number]) => cacheTags.certificate(authority, serial)
  return [...new Set(changes.map(tag))]
}
