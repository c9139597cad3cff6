import type { ManagedCertificate, ManagedVersion } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { happened } from './happened.ts'
import { withVersion } from './issue-version.ts'

type Issued = Pick<ManagedVersion, 'authority' | 'serial' | 'notBefore' | 'notAfter'>

/**
 * The writes that let a certificate stand which was issued for the key that the managed certificate has: by the successor
 * of its authority, in a rotation.
 */
export function successorOfVersion(
  ports: Pick<Ports, 'random'>,
  managed: ManagedCertificate,
  issued: Issued,
  now: Millis,
): (writes: Writes) => readonly Write[] {
  const { current } = managed
  if (current === undefined) return () => []
  const version: ManagedVersion = { ...current, ...issued, number: current.number + 1, createdAt: now }
  const after = withVersion(managed, version, now)
  return (writes) => [
    writes.managed.replace(managed, after),
    writes.managed.addVersion(version),
    happened(ports, after, { name: 'AVAILABLE', action: 'RENEWAL' }, now)(writes),
  ]
}
