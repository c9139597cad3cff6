import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { newUuid } from '../new-ids.ts'
import { findAuthority } from './signing-authority.ts'
import { requestedExtensions, signedCsr } from './signed-csr.ts'

/**
 * The certification request of an authority, DER. One that was certified here at once gets its request when it is first
 * asked for, so that somebody outside may certify its key, too.
 * @throws not_found, state_conflict, kms_unavailable
 */
export async function authorityCsr(
  ports: Ports,
  principal: Principal,
  reference: string,
): Promise<Uint8Array> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:GetCertificateAuthorityCsr', reference)
  const authority = await findAuthority(ports, principal, reference)
  requireTransition(authority, 'readCsr', ports.calendar.now())
  return authority.csrDer ?? (await firstCsr(ports, principal, authority))
}

async function firstCsr(ports: Ports, principal: Principal, authority: Authority): Promise<Uint8Array> {
  const key = await ports.store.reads.keys.get(authority.key)
  if (key === undefined || authority.certificate === undefined)
    throw new ChanceryError('internal', 'the authority’s key is not in the database')
  const csrDer = await signedCsr(ports, principal, key, {
    subject: parseCertificate(authority.certificate.der).subject,
    spki: key.spki,
    extensions: requestedExtensions(authority.pathLength),
    signatureAlgorithm: authority.signatureAlgorithm,
  })
  const time = ports.clock.now()
  const event = auditEvent('CreateCertificateAuthorityCsr', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id), arns.key(principal, key.id)],
  })
  await ports.store.transact((writes) => [
    writes.authorities.keepCsr(authority.id, csrDer),
    writes.audit.append(event),
  ])
  // Another server may have been first; what everybody gets is what is kept.
  return (await ports.store.reads.authorities.get(principal, authority.id))?.csrDer ?? csrDer
}
