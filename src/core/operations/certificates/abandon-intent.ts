import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { StoreConflict } from '../../domain/errors.ts'
import { certificateIdOf, type AuthorityId, type CertificateId, type Serial } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place, Store } from '../../ports/store.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { newUuid } from '../new-ids.ts'

/** Something recorded as about to be signed that will never be published. */
export type AbandonedIntent = {
  readonly authority: AuthorityId
  readonly serial: Serial
  /** Where the authority is. */
  readonly issuerPlace: Place
  /** Who gave it up, for the audit trail. */
  readonly principal: Principal
}

type AbandoningPorts = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'logger'>

/** What this process could not abandon; its lease lives on, so that no other server may. */
const leftBehind = new WeakMap<Store, Map<CertificateId, AbandonedIntent>>()

/**
 * A signature may exist that nobody has: from now on the serial counts as revoked, and is never signed again.
 * @returns false when there is nothing to abandon: never recorded, published after all, or abandoned by another server
 * @throws unavailable
 */
export async function abandonIntent(ports: AbandoningPorts, intent: AbandonedIntent): Promise<boolean> {
  const { authority, serial, issuerPlace, principal } = intent
  const time = ports.clock.now()
  const told = await toldOfAuthority(
    ports,
    { ...issuerPlace, id: authority },
    { name: 'CERTIFICATE_ISSUANCE', result: 'failure', serial },
    ports.calendar.now(),
  )
  const event = auditEvent('AbandonCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.certificate(issuerPlace, authority, serial)],
  })
  try {
    await ports.store.transact((writes) => [
      writes.certificates.abandon(authority, serial, ports.calendar.now()),
      ...told(writes),
      writes.audit.append(event),
    ])
    return true
  } catch (error) {
    if (error instanceof StoreConflict) return false
    throw error
  }
}

/** As `abandonIntent`, but never throws: what can't be abandoned now is remembered for `abandonLeftBehind`. */
export async function abandonSoon(ports: AbandoningPorts, intent: AbandonedIntent): Promise<void> {
  const { authority, serial } = intent
  try {
    await abandonIntent(ports, intent)
  } catch (error) {
    const left = leftBehind.get(ports.store) ?? new Map<CertificateId, AbandonedIntent>()
    left.set(certificateIdOf(authority, serial), intent)
    leftBehind.set(ports.store, left)
    ports.logger.error({ err: error, serial }, 'could not abandon a certificate that was not published')
  }
}

/** Abandons what this process couldn't when it wanted to; on each server, since another may not while this one lives. */
export async function abandonLeftBehind(ports: AbandoningPorts): Promise<{ abandoned: number }> {
  const left = leftBehind.get(ports.store)
  let abandoned = 0
  for (const [id, intent] of left ?? []) {
    if (await abandonIntent(ports, intent)) abandoned++
    left?.delete(id)
  }
  return { abandoned }
}

/**
 * How it stands with a certificate that an earlier request recorded: `issued`, still `signing`, or `abandoned` so that
 * a new attempt may be made.
 */
export async function outcomeOf(
  ports: AbandoningPorts,
  place: Place,
  id: CertificateId,
): Promise<'issued' | 'signing' | 'abandoned'> {
  const state = async () => {
    const found = (await ports.store.reads.certificates.get(place, id))?.state ?? 'abandoned'
    return found === 'archived' ? 'issued' : found
  }
  const first = await state()
  if (first !== 'signing' || leftBehind.get(ports.store)?.has(id) !== true) return first
  await abandonLeftBehind(ports)
  return state()
}
