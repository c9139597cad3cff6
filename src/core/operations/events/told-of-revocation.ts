import { issuerPlaceOf, type Certificate } from '../../domain/certificates.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { happened } from '../managed/happened.ts'
import { toldOfAuthority } from './told-of-authority.ts'

type Telling = (writes: Writes) => readonly Write[]

/** What tells of a revocation, whoever does it: to whose authority's certificate it is, and whose managed certificate it ends. */
export async function toldOfRevocation(
  ports: Pick<Ports, 'store' | 'random'>,
  certificate: Certificate,
  reason: RevocationReason,
  now: Millis,
): Promise<Telling> {
  const { authority, serial } = certificate
  const issuer = { ...issuerPlaceOf(certificate), id: authority }
  const ofAuthority = await toldOfAuthority(ports, issuer, { name: 'CERTIFICATE_REVOCATION', serial }, now)
  const ofManaged = await toldOfManaged(ports, certificate, reason, now)
  return (writes) => [...ofAuthority(writes), ...ofManaged(writes)]
}

/** Of a managed certificate whose version that stands is revoked. */
async function toldOfManaged(
  ports: Pick<Ports, 'store' | 'random'>,
  { authority, serial, key }: Certificate,
  reason: RevocationReason,
  now: Millis,
): Promise<Telling> {
  // What it issues is for keys that the service makes: nobody needs to look for the others.
  if (key === undefined) return () => []
  const managed = await ports.store.reads.managed.standing(authority, serial)
  if (managed === undefined) return () => []
  const told = happened(ports, managed, { name: 'REVOKED', reason }, now)
  return (writes) => [told(writes)]
}
