import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import type { Authority } from '../../domain/authorities.ts'
import { certificateStatus, issuerPlaceOf, type Certificate } from '../../domain/certificates.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import { revocationChange, type RevocationReason, type RevocationWait } from '../../domain/revocation.ts'
import { TEMPLATES } from '../../domain/templates.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { cached } from '../generation-cache.ts'
import { toldOfRevocation } from '../events/told-of-revocation.ts'
import { authorizeOnCertified, certifiedAuthority } from './certified-authority.ts'
import { eventsFor } from '../events-for.ts'
import { authorizeRevocation } from '../sharing/reach-authority.ts'
import { crlScopeOf, whereItStands, type WhereItStands } from '../revocation/where-it-stands.ts'
import { namedCertificate, type CertificateName } from './named-certificate.ts'
import { authorizeOnCertificate } from './authorize-certificate.ts'
import { visibleCertificate } from './read-certificates.ts'

export type RevokedCertificate = WhereItStands & { readonly certificate: Certificate }

export type RevocationOrder = {
  readonly reason: RevocationReason
  /** `published` when absent. */
  readonly wait?: RevocationWait
  /** Refuses what is revoked already, whatever for; otherwise asking again changes nothing. */
  readonly once?: boolean
}

/**
 * Revokes: in force at the OCSP responder when this returns, and in the CRL, unless the caller doesn't want to wait for
 * that. Doing it again changes nothing. An authority whose certificate is revoked is disabled with it, which takes the
 * right to change authorities.
 * @throws not_found; already_revoked for a reason that can't take the place of the one that stands; state_conflict for an
 * expired or a self-signed certificate; kms_unavailable and unavailable when it is revoked but the CRL isn't out yet,
 * which says so
 */
export async function revokeCertificate(
  ports: Ports,
  principal: Principal,
  request: RevocationOrder & { readonly id: string },
): Promise<RevokedCertificate> {
  await authorizeOnCertificate(ports, principal, 'acm-pca:RevokeCertificate', request.id)
  return revokeFound(ports, principal, await visibleCertificate(ports, principal, request.id), request)
}

/**
 * As revokeCertificate, for a certificate by its serial or by itself.
 * @throws as there; request_invalid naming `serial`, `authority` or `certificate`
 */
export async function revokeNamed(
  ports: Ports,
  principal: Principal,
  name: CertificateName,
  order: RevocationOrder,
): Promise<RevokedCertificate> {
  const action = 'acm-pca:RevokeCertificate'
  const found = await namedCertificate(ports, principal, name).catch((error: unknown) => {
    // Whoever may revoke some only learns no more of an unknown one than of one that it may not revoke.
    authorize(principal, action, arns.certificates(principal))
    throw error
  })
  await authorizeOnCertificate(ports, principal, action, certificateIdOf(found.authority, found.serial))
  return revokeFound(ports, principal, found, order)
}

/** Somebody else may revoke, or change the authority, between the look and the change; then it is looked at again. */
const TRIES = 5

/**
 * As revokeCertificate, for a certificate that the caller may revoke.
 * @throws as there
 */
export async function revokeFound(
  ports: Ports,
  principal: Principal,
  found: Certificate,
  { reason, wait = 'published', once = false }: RevocationOrder,
): Promise<RevokedCertificate> {
  await authorizeRevocation(ports, principal, found)
  const now = ports.calendar.now()
  if (once && found.revocation !== undefined) throw alreadyRevoked(found.revocation)
  const issuer = await issuerOf(ports, found, now)
  const authority = await certifiedAuthority(ports, found)
  await authorizeOnCertified(ports, principal, found, authority)
  const scope = crlScopeOf(found, issuer, now)
  const previous = scope && (await ports.store.reads.crls.latest(scope, 'complete'))
  const certificate = await revoked(ports, principal, found, authority, reason, now)
  if (authority !== undefined) ports.vault.forget()
  return { certificate, ...(await whereItStands(ports, issuer, scope, previous, wait)) }
}

/** The certificate with the revocation that stands now. */
async function revoked(
  ports: Ports,
  principal: Principal,
  found: Certificate,
  authority: Authority | undefined,
  reason: RevocationReason,
  now: Millis,
): Promise<Certificate> {
  let certificate = found
  for (let tries = 0; tries < TRIES; tries++) {
    const { revocation: standing } = certificate
    const change = standing === undefined ? 'begins' : revocationChange(standing.reason, reason)
    if (change === 'stands') return certificate
    if (standing !== undefined && change === 'refused') throw alreadyRevoked(standing)
    if (standing === undefined) refuseUnrevocable(certificate, authority, now)
    const since = standing?.revokedAt ?? now
    try {
      const writes = await revocationWrites(ports, principal, certificate, authority, reason, now)
      await ports.store.transact(writes)
      return { ...certificate, revocation: { revokedAt: since, reason } }
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error
      certificate = (await ports.store.reads.certificates.recorded(found.authority, found.serial)) ?? found
    }
  }
  throw new ChanceryError('state_conflict', 'It was changed by somebody else just now; try again')
}

/** What makes it durable: the revocation, what follows from it, and that it was done. */
async function revocationWrites(
  ports: Ports,
  principal: Principal,
  certificate: Certificate,
  authority: Authority | undefined,
  reason: RevocationReason,
  now: Millis,
): Promise<(writes: Writes) => readonly Write[]> {
  const standing = certificate.revocation
  const told = standing === undefined ? await toldOfRevocation(ports, certificate, reason, now) : () => []
  const { account, lender } = certificate
  const other = principal.account === account ? lender : account
  const place = issuerPlaceOf(certificate)
  const events = eventsFor(ports, 'RevokeCertificate', principal, other, {
    resources: [
      arns.authority(place, certificate.authority),
      arns.certificate(place, certificate.authority, certificate.serial),
    ],
    request: { reason, ...(standing === undefined ? {} : { before: standing.reason }) },
  })
  const current = authority && (await ports.store.reads.authorities.get({ ...authority }, authority.id))
  return (writes) => [
    standing === undefined
      ? writes.certificates.revoke(certificate, reason, now)
      : writes.revocations.changeReason(certificate, reason, now),
    // What it issued from now on would chain to a revoked certificate; this also tells every process to look again.
    ...(current?.status === 'ACTIVE' || current?.status === 'DISABLED'
      ? [writes.authorities.setStatus(current.id, current.status, 'DISABLED')]
      : []),
    ...told(writes),
    ...events.map((event) => writes.audit.append(event)),
  ]
}

const alreadyRevoked = ({ revokedAt, reason }: NonNullable<Certificate['revocation']>): ChanceryError =>
  new ChanceryError('already_revoked', `The certificate was revoked at ${isoOf(revokedAt)} (${reason})`, {
    details: { revokedAt: isoOf(revokedAt), reason },
  })

/** @throws state_conflict for an issuer that revokes nothing any more, or not now */
export async function issuerOf(
  ports: Pick<Ports, 'store'>,
  { authority }: Pick<Certificate, 'authority'>,
  now: Millis,
): Promise<Authority> {
  const issuer = await cached(ports, `authority/${authority}`, () =>
    ports.store.reads.authorities.public(authority),
  )
  if (issuer === undefined) throw new ChanceryError('internal', 'the issuer is not in the database')
  requireTransition(issuer, 'revoke', now)
  return issuer
}

/** @throws state_conflict for what a revocation would say nothing about, or nobody would hear of */
function refuseUnrevocable(certificate: Certificate, authority: Authority | undefined, now: Millis): void {
  if (certificateStatus(certificate, now) === 'expired')
    throw new ChanceryError(
      'state_conflict',
      `The certificate expired at ${isoOf(certificate.notAfter)}; revoking it would say nothing`,
      { details: { unrevocable: 'expired' } },
    )
  if (authority?.kind === 'root' || TEMPLATES.get(certificate.profile)?.kind === 'root')
    throw new ChanceryError(
      'state_conflict',
      'A self-signed certificate can’t be revoked: nothing above it could say so. Take it out of the trust stores.',
      { details: { unrevocable: 'self_signed' } },
    )
}
