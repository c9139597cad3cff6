import type { AuditSink } from '../../ports/audit-sink.ts'
import type { Ports } from '../../ports/ports.ts'
import { placeOf, trailPart } from './export-events.ts'

/** The setting with the number of the last event that the stream has taken. */
const SETTING = 'audit.stream'

/** How far the stream is; 0 before it has anything. */
export async function streamedThrough({ store }: Pick<Ports, 'store'>): Promise<number> {
  return Number((await store.reads.settings.get(SETTING)) ?? 0)
}

/**
 * Gives a sink every event that it hasn't had, up to the end. What it has is kept with the database, so that another
 * server goes on where this one stopped; events that it had taken when a server died come again.
 * @returns how many it took, and how many there are still
 * @throws whatever the sink throws
 */
export async function streamEvents(
  ports: Pick<Ports, 'store'>,
  sink: AuditSink,
  stopping?: AbortSignal,
): Promise<{ readonly streamed: number }> {
  let streamed = 0
  while (stopping?.aborted !== true) {
    const through = await streamedThrough(ports)
    // What went into archives before there was a stream is there, signed.
    const place = (await placeOf(ports, through)) ?? (await ports.store.reads.audit.start())
    const { lines, events, last } = await trailPart(ports, place)
    if (events === 0) break
    await sink.take(lines, place.id + 1, last, stopping)
    await ports.store.transact((writes) => [writes.settings.set(SETTING, String(last))])
    streamed += events
  }
  return { streamed }
}
