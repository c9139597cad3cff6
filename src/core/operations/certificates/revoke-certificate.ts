import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { certificateStatus, type Certificate } from '../../domain/certificates.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { crlUrl } from '../authorities/signing-authority.ts'
import { newUuid } from '../new-ids.ts'
import { publishCrl } from '../revocation/publish-crl.ts'
import { arnOf, certificateAt } from './read-certificates.ts'

export type RevokedCertificate = {
  readonly certificate: Certificate
  /** The CRL that names it; published before this is answered. */
  readonly crl: { readonly url: string | undefined; readonly number: bigint }
}

/**
 * Revokes, and publishes a CRL that says so, before it returns.
 * @throws not_found, already_revoked, state_conflict for an expired or a self-signed certificate
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
  await refuseUnrevocable(ports, certificate, now)
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
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('already_revoked', 'The certificate was revoked just now', { cause: error })
    throw error
  }
  const crl = await publishCrl(ports, certificate.authority)
  const { publicUrl } = ports.settings
  return {
    certificate: { ...certificate, revocation: { revokedAt: now, reason: request.reason } },
    crl: {
      url: publicUrl === undefined ? undefined : crlUrl(publicUrl, certificate.authority),
      number: crl.number,
    },
  }
}

async function refuseUnrevocable(
  ports: Pick<Ports, 'store'>,
  certificate: Certificate,
  now: number,
): Promise<void> {
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
  const issuer = await ports.store.reads.authorities.public(certificate.authority)
  if (issuer?.certificate?.serial === certificate.serial && issuer.kind === 'root')
    throw new ChanceryError(
      'state_conflict',
      'A self-signed certificate can’t be revoked: nothing above it could say so. Take it out of the trust stores.',
    )
}
