import { systemActor } from '../../domain/access.ts'
import { issuerPlaceOf, type Certificate } from '../../domain/certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { abandonIntent } from './abandon-intent.ts'

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

/** Another server may be quicker, or the row is published after all: then there is nothing to do. */
const abandon = (ports: Parameters<typeof reconcile>[0], certificate: Certificate): Promise<boolean> => {
  const { authority, serial } = certificate
  const principal = systemActor('reconciler', certificate)
  return abandonIntent(ports, { authority, serial, issuerPlace: issuerPlaceOf(certificate), principal })
}
