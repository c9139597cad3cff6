import { systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { transitionOf } from '../../domain/authority-life-cycle.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'
import { publishFinalCrls } from '../revocation/publish-crl.ts'
import { makeFinalResponder } from '../ocsp/renew-due-responders.ts'

/**
 * Destroys the keys of deleted authorities that nobody restored in time. Each one's last CRL is published first, and
 * its last OCSP responder certified, both valid until its certificate ends, so that what it issued can still be checked.
 * The authority stays, as DELETED: its certificate and its CRL are served as long as something names them.
 */
export async function purgeDeletedAuthorities(ports: Ports): Promise<{ purged: number; failed: number }> {
  let purged = 0
  let failed = 0
  for (const authority of await ports.store.reads.authorities.all()) {
    const now = ports.calendar.now()
    if ('refused' in transitionOf(authority, 'purge', now)) continue
    try {
      if (await purge(ports, authority, now)) purged++
    } catch (error) {
      failed++
      ports.logger.error(
        { err: error, authority: authority.id },
        'could not destroy a deleted authority’s key',
      )
    }
  }
  return { purged, failed }
}

async function purge(ports: Ports, authority: Authority, now: Millis): Promise<boolean> {
  const crl = await last(ports, authority, now, () => publishFinalCrls(ports, authority.id))
  const responder = await last(ports, authority, now, () => makeFinalResponder(ports, authority.id))
  const key = await ports.store.reads.keys.get(authority.key)
  const principal = systemActor('purger', authority)
  const time = ports.clock.now()
  const event = auditEvent('PurgeCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id), arns.key(principal, authority.key)],
    // Where a device keeps keys, its operator finds there what to destroy in it.
    response: { kms: key?.provider, lastCrl: crl, lastResponder: responder },
  })
  try {
    await ports.store.transact((writes) => [
      writes.authorities.purge(authority.id, now),
      ...(key === undefined ? [] : [writes.keys.destroy(key.id)]),
      writes.audit.append(event),
    ])
  } catch (error) {
    // Another server was quicker, or it was restored at the last moment.
    if (error instanceof StoreConflict) return false
    throw error
  }
  ports.vault.forget()
  return true
}

/** When something that is signed for the last time ends; undefined where none is needed, or where the key can't sign any more. */
async function last(
  ports: Pick<Ports, 'logger'>,
  authority: Authority,
  now: Millis,
  sign: () => Promise<Millis | undefined>,
): Promise<string | undefined> {
  if ('refused' in transitionOf(authority, 'publishCrl', now)) return undefined
  try {
    const ends = await sign()
    return ends === undefined ? undefined : isoOf(ends)
  } catch (error) {
    const lost = error instanceof ChanceryError && error.details['retryable'] === false
    if (!lost) throw error
    ports.logger.error(
      { err: error, authority: authority.id },
      'a key is lost: nothing could be signed for the last time',
    )
    return undefined
  }
}
