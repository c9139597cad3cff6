import { certificateEvent, type Happening } from '../../domain/certificate-events.ts'
import type { Certificate } from '../../domain/certificates.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { newUuid } from '../new-ids.ts'

/** Tells of what has happened to a certificate; belongs into the transaction in which it does. */
export const happened =
  (
    ports: Pick<Ports, 'random'>,
    after: ManagedCertificate,
    happening: Happening,
    now: Millis,
  ): ((writes: Writes) => Write) =>
  (writes) =>
    writes.events.add(certificateEvent(newUuid(ports.random, now), now, after, happening))

/** What a revocation means to a managed certificate whose version that stands is revoked, whoever does it. */
export async function toldOfRevocation(
  ports: Pick<Ports, 'store' | 'random'>,
  { authority, serial, key }: Pick<Certificate, 'authority' | 'serial' | 'key'>,
  reason: RevocationReason,
  now: Millis,
): Promise<(writes: Writes) => readonly Write[]> {
  // What it issues is for keys that the service makes: nobody needs to look for the others.
  if (key === undefined) return () => []
  const managed = await ports.store.reads.managed.standing(authority, serial)
  if (managed === undefined) return () => []
  const told = happened(ports, managed, { name: 'REVOKED', reason }, now)
  return (writes) => [told(writes)]
}
