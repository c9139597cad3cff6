import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { issuerPlaceOf } from '../../domain/certificates.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { RevocationWait } from '../../domain/revocation.ts'
import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { eventsFor } from '../events-for.ts'
import { authorizeRevocation } from '../sharing/reach-authority.ts'
import { crlScopeOf, whereItStands } from '../revocation/where-it-stands.ts'
import { authorizeOnCertified, certifiedAuthority } from './certified-authority.ts'
import { authorizeOnCertificate } from './authorize-certificate.ts'
import { visibleCertificate } from './read-certificates.ts'
import { issuerOf, type RevokedCertificate } from './revoke-certificate.ts'

/**
 * Takes a certificate off hold (RFC 5280 §5.3.1): the OCSP responder says good when this returns, and the CRL is without
 * it, unless the caller doesn't want to wait for that. An authority stays disabled until it is enabled.
 * @throws not_found; state_conflict for one that isn't on hold; as publishing throws when only the CRL is late
 */
export async function liftHold(
  ports: Ports,
  principal: Principal,
  request: { readonly id: string; readonly wait?: RevocationWait },
): Promise<RevokedCertificate> {
  await authorizeOnCertificate(ports, principal, 'chancery:LiftHold', request.id)
  const certificate = await visibleCertificate(ports, principal, request.id)
  await authorizeRevocation(ports, principal, certificate)
  await authorizeOnCertified(ports, principal, certificate, await certifiedAuthority(ports, certificate))
  const { revocation } = certificate
  if (revocation === undefined) throw notOnHold('it isn’t revoked')
  if (revocation.reason !== 'certificateHold')
    throw notOnHold(
      `it was revoked at ${isoOf(revocation.revokedAt)} (${revocation.reason}), and that is final`,
    )
  const now = ports.calendar.now()
  const issuer = await issuerOf(ports, certificate, now)
  const scope = crlScopeOf(certificate, issuer, now)
  const previous = scope && (await ports.store.reads.crls.latest(scope, 'complete'))
  const { account, lender } = certificate
  const place = issuerPlaceOf(certificate)
  const other = principal.account === account ? lender : account
  const events = eventsFor(ports, 'LiftCertificateHold', principal, other, {
    resources: [
      arns.authority(place, certificate.authority),
      arns.certificate(place, certificate.authority, certificate.serial),
    ],
    request: { onHoldSince: isoOf(revocation.revokedAt) },
  })
  try {
    await ports.store.transact((writes) => [
      writes.revocations.lift(certificate, now),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    if (error instanceof StoreConflict) throw notOnHold('somebody else has just changed that')
    throw error
  }
  const where = await whereItStands(ports, issuer, scope, previous, request.wait ?? 'published')
  return { certificate: { ...certificate, revocation: undefined }, ...where }
}

const notOnHold = (why: string): ChanceryError =>
  new ChanceryError('state_conflict', `The certificate isn’t on hold: ${why}`)
