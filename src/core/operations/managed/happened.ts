import { certificateEvent, type Happening } from '../../domain/certificate-events.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
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
