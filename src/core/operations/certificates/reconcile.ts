import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'

const PAGE = 200

/**
 * Closes what a server left behind when it died between recording and publishing: a signature may exist that nobody
 * has, so the serial is never signed again and counts as revoked. Only rows whose server's lease has lapsed.
 */
export async function reconcile(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>,
): Promise<{ abandoned: number }> {
  let abandoned = 0
  for (;;) {
    const lapsed = await ports.store.reads.certificates.lapsed(ports.clock.now(), PAGE)
    const done = await Promise.all(lapsed.map((certificate) => abandon(ports, certificate)))
    const closed = done.filter(Boolean).length
    abandoned += closed
    if (lapsed.length < PAGE || closed === 0) return { abandoned }
  }
}

async function abandon(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>,
  certificate: Certificate,
): Promise<boolean> {
  const principal: Principal = {
    id: 'system/reconciler',
    kind: 'system',
    account: certificate.account,
    region: certificate.region,
    role: 'administrator',
    installation: false,
  }
  const time = ports.clock.now()
  const event = auditEvent('AbandonCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.certificate(certificate, certificate.authority, certificate.serial)],
  })
  try {
    await ports.store.transact((writes) => [
      writes.certificates.abandon(certificate.authority, certificate.serial, ports.calendar.now()),
      writes.audit.append(event),
    ])
    return true
  } catch (error) {
    // Another server was quicker, or the row was published after all.
    if (error instanceof StoreConflict) return false
    throw error
  }
}
