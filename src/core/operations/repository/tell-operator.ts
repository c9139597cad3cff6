import { alarmMessage, changedMessage, type RepositoryMessage } from '../../domain/repository-messages.ts'
import type { OperatorWebhook } from '../../ports/operator-webhook.ts'
import type { Ports } from '../../ports/ports.ts'
import type { StatusPosition } from '../../ports/repository-store.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'
import { changesAfter, type RepositoryChanges } from './repository-changes.ts'

type TellingPorts = Pick<Ports, 'store' | 'calendar' | 'clock' | 'random' | 'settings'>

/** Setting: how far the webhook has been told. */
const POSITION = 'repository-webhook'

/** `failure`: why the last message didn't arrive; nothing was forgotten. */
export type TellReport = { readonly told: number; readonly failure: string | undefined }

/**
 * Tells the operator's webhook what caches have to forget, and what is amiss in the repository. What is told is read from
 * what the transactions of revocations and publications left, and the place up to which it was told is stored when the
 * receiver has taken it: nothing is lost, and something may be told twice. However much happened, it is one message for
 * every few thousand changes.
 */
export async function tellOperator(
  ports: TellingPorts,
  webhook: OperatorWebhook,
  stopping: AbortSignal,
): Promise<TellReport> {
  let told = 0
  while (!stopping.aborted) {
    const next = (await nextAlarm(ports)) ?? (await nextChange(ports))
    if (next === undefined) break
    if (next.message !== undefined) {
      const failure = await sent(ports, webhook, next.message, stopping)
      if (failure !== undefined) return { told, failure }
      told++
    }
    await ports.store.transact((writes) => next.stored(writes))
  }
  return { told, failure: undefined }
}

/** `stored`: what is written when the message has arrived. */
type Next = {
  readonly message: RepositoryMessage | undefined
  stored(writes: Writes): readonly Write[]
}

async function nextAlarm({ store }: TellingPorts): Promise<Next | undefined> {
  const [untold] = await store.reads.repository.untold(1)
  if (untold === undefined) return undefined
  const authority = await store.reads.authorities.public(untold.alarm.authority)
  return {
    message: authority && alarmMessage(untold.alarm, authority, untold.tell),
    stored: (writes) => [writes.repository.told(untold)],
  }
}

async function nextChange(ports: TellingPorts): Promise<Next | undefined> {
  const position = await positionOf(ports)
  const changes = await changesAfter(ports, position)
  if (changes === undefined) return undefined
  const { purge } = changes
  const time = ports.clock.now()
  const something = purge.urls.length + purge.tags.length > 0
  return {
    message: something ? changedMessage(newUuid(ports.random, time), time, purge) : undefined,
    stored: (writes) => afterTelling(writes, changes),
  }
}

const afterTelling = (
  writes: Writes,
  { position, awaited, settled }: RepositoryChanges,
): readonly Write[] => [
  writes.settings.set(POSITION, JSON.stringify(position)),
  ...awaited.map((crl) => writes.repository.await(crl)),
  ...settled.map((crl) => writes.repository.settle(crl)),
]

/**
 * From when on the webhook is told: the first time that a server starts with one. What was before is no news to caches
 * that nobody has told anything.
 */
export async function beginTelling({ store }: Pick<Ports, 'store'>): Promise<void> {
  if ((await store.reads.settings.get(POSITION)) !== undefined) return
  const newest = await store.reads.repository.newest()
  await store.transact((writes) => [writes.settings.set(POSITION, JSON.stringify(newest))])
}

async function positionOf({ store }: Pick<Ports, 'store'>): Promise<StatusPosition> {
  const stored = await store.reads.settings.get(POSITION)
  return stored === undefined ? store.reads.repository.newest() : (JSON.parse(stored) as StatusPosition)
}

/** Why a message didn't arrive; undefined when it did. */
async function sent(
  { clock }: Pick<Ports, 'clock'>,
  webhook: OperatorWebhook,
  message: RepositoryMessage,
  stopping: AbortSignal,
): Promise<string | undefined> {
  const body = new TextEncoder().encode(JSON.stringify(message))
  const answer = await webhook.send({ id: message.id, at: clock.now(), body }, stopping)
  if ('failure' in answer) return answer.failure
  return answer.status >= 200 && answer.status < 300 ? undefined : `it answered ${answer.status}`
}
