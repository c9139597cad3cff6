import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { dueOf, rewrapper, rotationSetting, type Due } from './rotations.ts'

/** Keys in one transaction: 3 ms of the main thread and 3 of the writer's, which issuing beside it hardly notices. */
const BATCH = 64

export type RewrapBatch = {
  /** The KMS that had wrapped them. */
  readonly kms: string
  readonly rewrapped: number
  /** Those that don't open: changed, or of another key. They stay as they are, and the log names them. */
  readonly unopened: number
}

type RewrapPorts = Pick<Ports, 'store' | 'kms' | 'random' | 'clock' | 'logger' | 'settings'>

/**
 * Wraps anew, batch by batch, everything that is wrapped by something else than what wraps now; whoever takes the
 * batches sets the pace, and may stop after any of them. What is left lies in the rows, so that a process that was
 * killed leaves nothing to clean up. Only data keys are opened, never a private key; each batch is on the record with
 * the ids of its keys. A KMS that fails is left for the next time.
 */
export async function* rewrapDue(ports: RewrapPorts): AsyncGenerator<RewrapBatch, void> {
  for (const name of ports.kms.names) {
    try {
      yield* rewrapOf(ports, name)
    } catch (error) {
      if (!(error instanceof ChanceryError && error.code === 'kms_unavailable')) throw error
      ports.logger.warn({ err: error, kms: name }, 'keys can’t be wrapped anew now')
    }
  }
}

async function* rewrapOf(ports: RewrapPorts, name: string): AsyncGenerator<RewrapBatch, void> {
  const due = await dueOf(ports, name)
  let unopened = 0
  let left = false
  for (const kek of due.keks) {
    for (let after = 0; ;) {
      const page = await ports.store.reads.keys.under(kek, after, BATCH)
      const last = page.at(-1)
      if (last === undefined) break
      after = last.sequence
      const batch = await rewrapBatch(
        ports,
        name,
        due.to,
        page.map(({ key }) => key),
      )
      unopened += batch.unopened
      left ||= batch.rewrapped + batch.unopened < page.length
      yield batch
    }
  }
  if (!left) await conclude(ports, name, due, unopened)
}

async function rewrapBatch(
  ports: RewrapPorts,
  name: string,
  to: string,
  keys: readonly StoredKey[],
): Promise<RewrapBatch> {
  const results = await Promise.allSettled(keys.map((key) => ports.kms.rewrap(key, to)))
  const pairs = keys.flatMap((from, place) => {
    const result = results[place]
    return result?.status === 'fulfilled' ? [{ from, fresh: result.value }] : []
  })
  const stored = await store(ports, name, pairs)
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as unknown] : [],
  )
  const broken = failures.filter((error) => error instanceof ChanceryError && error.code === 'internal')
  for (const error of broken) ports.logger.error({ err: error, kms: name }, 'a key can’t be wrapped anew')
  const outage = failures.find((error) => !broken.includes(error))
  if (outage instanceof Error) throw outage
  return { kms: name, rewrapped: stored ? pairs.length : 0, unopened: broken.length }
}

/** @returns false when a row changed meanwhile, under another server's hands: then nothing of the batch is stored */
async function store(
  ports: RewrapPorts,
  name: string,
  pairs: readonly { readonly from: StoredKey; readonly fresh: StoredKey }[],
): Promise<boolean> {
  const first = pairs[0]
  if (first === undefined) return true
  const time = ports.clock.now()
  const { provider, kekId, kekVersion } = first.fresh
  const event = auditEvent('ReEncrypt', rewrapper(ports), {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: {
      source: { provider: name, keyId: first.from.kekId, keyVersion: first.from.kekVersion },
      destination: { provider, keyId: kekId, keyVersion: kekVersion },
      keys: pairs.map(({ from }) => from.id),
    },
  })
  try {
    await ports.store.transact((writes) => [
      ...pairs.map(({ from, fresh }) => writes.keys.rewrap(from, fresh)),
      writes.audit.append(event),
    ])
    return true
  } catch (error) {
    if (error instanceof StoreConflict) return false
    throw error
  }
}

/** Ends a rotation that was asked for, once nothing is left that opens. */
async function conclude(
  ports: RewrapPorts,
  name: string,
  { rotation, to }: Due,
  unopened: number,
): Promise<void> {
  if (rotation === undefined || rotation.finishedAt !== undefined) return
  const set = (value: object) => JSON.stringify({ ...rotation, ...value })
  if (unopened > 0) {
    if (unopened === rotation.unopened) return
    return ports.store.transact((writes) => [writes.settings.set(rotationSetting(name), set({ unopened }))])
  }
  const time = ports.clock.now()
  const event = auditEvent('CompleteKeyRotation', rewrapper(ports), {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.installation()],
    request: { kms: name, to },
    response: { keys: rotation.total },
  })
  await ports.store.transact((writes) => [
    writes.settings.set(rotationSetting(name), set({ finishedAt: time, unopened: 0 })),
    writes.audit.append(event),
  ])
}
