import { certificateEvent, dueNotice, noticesOf } from '../../domain/certificate-events.ts'
import type { ManagedId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

type TellingPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'logger'>

/** Certificates looked at together: their transactions share a commit. */
const BATCH = 200

/**
 * Tells what is due of certificates' ends: that one approaches, at each threshold once a version, and that it is
 * there. Of thresholds that passed while nobody looked only the latest is told. Finds what is due by its index, and
 * tells in one small transaction a certificate, which also sets when the next is due: stopped anywhere, it goes on there.
 */
export async function tellApproachingExpirations(
  ports: TellingPorts,
): Promise<{ told: number; failed: number }> {
  const report = { told: 0, failed: 0 }
  // One that fails stays due: the rest of this turn would be the same again.
  while (report.failed === 0) {
    const now = ports.calendar.now()
    const due = await ports.store.reads.events.noticesDue(now, BATCH)
    if (due.length === 0) break
    const results = await Promise.allSettled(due.map((id) => tell(ports, id, now)))
    for (const result of results) {
      if (result.status === 'fulfilled') report.told += result.value
      else {
        report.failed++
        ports.logger.error({ err: result.reason as unknown }, 'a certificate’s end could not be told')
      }
    }
  }
  return report
}

/** @returns how many events it told */
async function tell(ports: TellingPorts, id: ManagedId, now: Millis): Promise<number> {
  const certificate = await ports.store.reads.managed.byId(id)
  // Of a revoked one that was told.
  const current = certificate?.revocation === undefined ? certificate?.current : undefined
  const only = (build: (writes: Writes) => Write): Promise<void> =>
    ports.store.transact((writes) => [build(writes)])
  if (certificate === undefined || current === undefined) {
    await only((writes) => writes.events.dropNotice(id))
    return 0
  }
  const settings = await ports.store.reads.managedSettings.get(certificate)
  const notice = dueNotice(current, now, settings?.daysBeforeExpiry)
  if (notice === undefined) {
    // Its account wants to hear of it later, or what is due was a version's that another has followed.
    const first = noticesOf(current, settings?.daysBeforeExpiry)[0]?.at ?? current.notAfter
    await only((writes) => writes.events.setNotice(id, current.number, first))
    return 0
  }
  const happening = { name: notice.days === 0 ? 'EXPIRED' : 'APPROACHING_EXPIRATION' } as const
  const event = certificateEvent(newUuid(ports.random, now), now, certificate, happening)
  await only((writes) => writes.events.add(event))
  return 1
}
