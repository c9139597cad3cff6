import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { AUTHORITY_PROFILES, certifierOf, type Authority } from '../../domain/authorities.ts'
import { certificateStatus, type Certificate } from '../../domain/certificates.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import { isoOf, type Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Crl } from '../../ports/store.ts'
import { toldOfRevocation } from '../managed/happened.ts'
import { newUuid } from '../new-ids.ts'
import { publishCrl } from '../revocation/publish-crl.ts'
import { crlUrl } from '../revocation/repository-urls.ts'
import { arnOf, certificateAt } from './read-certificates.ts'

export type RevokedCertificate = {
  readonly certificate: Certificate
  /** The CRL that names it; published before this is answered. */
  readonly crl: { readonly url: string | undefined; readonly number: bigint }
}

/**
 * Revokes, and publishes a CRL that says so, before it returns. An authority whose certificate is revoked is disabled
 * with it, which takes the right to change authorities.
 * @throws not_found, already_revoked, state_conflict for an expired or a self-signed certificate; kms_unavailable and
 * unavailable when it is revoked but the CRL isn't out yet, which says so
 */
export async function revokeCertificate(
  ports: Ports,
  principal: Principal,
  request: { readonly id: string; readonly reason: RevocationReason },
): Promise<RevokedCertificate> {
  const arn = arnOf(principal, request.id)
  authorize(principal, 'acm-pca:RevokeCertificate', arn)
  const certificate = await certificateAt(ports, principal, request.id)
  const now = ports.calendar.now()
  const authority = await certifiedAuthority(ports, certificate)
  // Also a former certificate of an authority, or one by another issuer: chains may go over it.
  if (AUTHORITY_PROFILES.has(certificate.profile))
    authorize(
      principal,
      'acm-pca:UpdateCertificateAuthority',
      arns.authority(principal, authority?.id ?? certificate.authority),
    )
  refuseUnrevocable(certificate, authority, now)
  const issuer = await issuerOf(ports, certificate, now)
  const told = await toldOfRevocation(ports, certificate, request.reason, now)
  const time = ports.clock.now()
  const event = auditEvent('RevokeCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, certificate.authority), arn],
    request: { reason: request.reason },
  })
  try {
    await ports.store.transact((writes) => [
      writes.certificates.revoke(certificate, request.reason, now),
      // What it issued from now on would chain to a revoked certificate; this also tells every process to look again.
      ...(authority !== undefined && (authority.status === 'ACTIVE' || authority.status === 'DISABLED')
        ? [writes.authorities.setStatus(authority.id, authority.status, 'DISABLED')]
        : []),
      ...told(writes),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict && error.subject === 'certificates.revoke')
      throw new ChanceryError('already_revoked', 'The certificate was revoked just now', { cause: error })
    if (error instanceof StoreConflict)
      throw new ChanceryError(
        'state_conflict',
        'The authority was changed by somebody else just now; try again',
        { cause: error },
      )
    throw error
  }
  if (authority !== undefined) ports.vault.forget()
  const crl = await publishedCrl(ports, certificate)
  return {
    certificate: { ...certificate, revocation: { revokedAt: now, reason: request.reason } },
    crl: {
      url: issuer === undefined ? undefined : crlUrl(ports.settings, issuer),
      number: crl.number,
    },
  }
}

/** The revocation stands, whatever happens now: an error must not read as if it didn't. */
async function publishedCrl(ports: Ports, certificate: Certificate): Promise<Crl> {
  try {
    return await publishCrl(ports, certificate.authority)
  } catch (error) {
    const known = error instanceof ChanceryError ? error : undefined
    throw new ChanceryError(
      known?.code ?? 'unavailable',
      'The certificate is revoked, and that is recorded, but its CRL could not be published; the server keeps trying',
      { details: known?.details ?? {}, cause: error },
    )
  }
}

/** The authority whose own certificate this is; undefined for a leaf. */
async function certifiedAuthority(
  ports: Pick<Ports, 'store'>,
  { authority, serial, profile }: Certificate,
): Promise<Authority | undefined> {
  if (!AUTHORITY_PROFILES.has(profile)) return undefined
  const all = await ports.store.reads.authorities.all()
  return all.find((each) => certifierOf(each) === authority && each.certificate?.serial === serial)
}

/** @throws state_conflict for an issuer that revokes nothing any more, or not now */
async function issuerOf(
  ports: Pick<Ports, 'store'>,
  { authority }: Certificate,
  now: Millis,
): Promise<Authority | undefined> {
  const issuer = await ports.store.reads.authorities.public(authority)
  if (issuer !== undefined) requireTransition(issuer, 'revoke', now)
  return issuer
}

function refuseUnrevocable(certificate: Certificate, authority: Authority | undefined, now: Millis): void {
  if (certificate.revocation !== undefined)
    throw new ChanceryError(
      'already_revoked',
      `The certificate was revoked at ${isoOf(certificate.revocation.revokedAt)} (${certificate.revocation.reason})`,
    )
  if (certificateStatus(certificate, now) === 'expired')
    throw new ChanceryError(
      'state_conflict',
      `The certificate expired at ${isoOf(certificate.notAfter)}; revoking it would say nothing`,
    )
  if (authority?.kind === 'root')
    throw new ChanceryError(
      'state_conflict',
      'A self-signed certificate can’t be revoked: nothing above it could say so. Take it out of the trust stores.',
    )
}
