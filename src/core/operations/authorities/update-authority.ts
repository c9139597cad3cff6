import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority, CaaMode, RenewalPolicy } from '../../domain/authorities.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import {
  configuredRevocation,
  namesCompleteCrl,
  revocationViolations,
  type RevocationWishes,
} from '../../domain/revocation-configuration.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import { claimBucket, CRL_BUCKET, refuseForeignBucket, refuseLostBucket } from '../buckets/claim-bucket.ts'
import { crlSources, outgoing } from '../buckets/outgoing.ts'
import { livingScopes } from '../revocation/living-scopes.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { newUuid } from '../new-ids.ts'
import { profilesToAllow } from '../profiles/allow-profiles.ts'
import { refuseRevoked } from './refuse-revoked.ts'
import { findAuthority } from './signing-authority.ts'

export type UpdateAuthorityRequest = {
  readonly reference: string
  readonly status?: 'ACTIVE' | 'DISABLED'
  readonly makeDefault?: true
  readonly renewal?: RenewalPolicy
  readonly caa?: CaaMode
  /** What is to change about how it tells of revocations; certificates that were issued before stay as they are. */
  readonly revocation?: RevocationWishes
  /** The only profiles and templates that it issues under from now on; null: any. */
  readonly allowedProfiles?: readonly string[] | null
  /** Refuses when it doesn't hold for the authority as it stands. */
  readonly precondition?: (authority: Authority) => boolean
}

const ACTION_FOR = { ACTIVE: 'enable', DISABLED: 'disable' } as const

/**
 * Disables or enables an authority, makes it its place's default, or says whether it renews by itself, what CAA counts
 * for and how it tells of revocations. Disabling drops its key from memory.
 * @throws not_found, request_invalid, state_conflict (also for one whose certificate is revoked), precondition_failed
 */
export async function updateAuthority(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'calendar' | 'clock' | 'settings'>,
  principal: Principal,
  request: UpdateAuthorityRequest,
): Promise<Authority> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:UpdateCertificateAuthority', request.reference)
  const authority = await findAuthority(ports, principal, request.reference)
  if (request.precondition?.(authority) === false)
    throw new ChanceryError('precondition_failed', 'If-Match: the authority has changed; read it again')
  const now = ports.calendar.now()
  const action = request.status === undefined ? 'update' : ACTION_FOR[request.status]
  const to = requireTransition(authority, action, now)
  if (to === 'ACTIVE') await refuseRevoked(ports, authority)
  const allowed = request.allowedProfiles
  const allowedProfiles = allowed ? await profilesToAllow(ports, principal, allowed) : undefined
  const revoking = request.revocation && changedRevocation(authority, request.revocation)
  await refuseForeignBucket(ports, authority.account, revoking?.revocation.crl.bucket, CRL_BUCKET)
  const scopes = revoking && (await livingScopes(ports, { ...authority, ...revoking }, now))
  const time = ports.clock.now()
  const event = auditEvent('UpdateCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id)],
    request: {
      status: request.status,
      makeDefault: request.makeDefault,
      renewal: request.renewal,
      caa: request.caa,
      revocation: request.revocation,
      allowedProfiles: allowed,
    },
  })
  try {
    await ports.store.transact((writes) => [
      ...claimBucket(ports, writes, authority.account, revoking?.revocation.crl.bucket),
      writes.authorities.setStatus(authority.id, authority.status, to),
      ...(request.renewal === undefined
        ? []
        : [writes.authorities.setRenewal(authority.id, request.renewal)]),
      ...(request.caa === undefined ? [] : [writes.authorities.setCaa(authority.id, request.caa)]),
      ...(revoking === undefined
        ? []
        : [writes.authorities.setRevocation(authority.id, revoking.revocation, revoking.completeCrlUntil)]),
      // In another bucket, under another path or for others to read.
      ...outgoing(
        ports,
        writes,
        revoking?.revocation.crl.bucket,
        crlSources(revoking ?? authority, scopes ?? []),
      ),
      ...(request.makeDefault === true ? [writes.authorities.makeDefault(principal, authority.id)] : []),
      ...(allowed === undefined ? [] : [writes.authorities.allowProfiles(authority.id, allowedProfiles)]),
      writes.audit.append(event),
    ])
  } catch (error) {
    refuseLostBucket(error, CRL_BUCKET)
    if (error instanceof StoreConflict)
      throw new ChanceryError('state_conflict', 'The authority was changed by somebody else just now', {
        cause: error,
      })
    throw error
  }
  if (to === 'DISABLED') ports.vault.forget()
  return {
    ...authority,
    status: to,
    renewal: request.renewal ?? authority.renewal,
    caa: request.caa ?? authority.caa,
    isDefault: authority.isDefault || request.makeDefault === true,
    ...revoking,
    allowedProfiles: allowed === undefined ? authority.allowedProfiles : allowedProfiles,
  }
}

/** @throws request_invalid naming everything that is wrong with it */
function changedRevocation(
  authority: Authority,
  wishes: RevocationWishes,
): Pick<Authority, 'revocation' | 'completeCrlUntil'> {
  const revocation = configuredRevocation(authority.revocation, wishes)
  refuse('request_invalid', revocationViolations(revocation, authority.usageMode))
  const ends = namesCompleteCrl(authority.revocation) && !namesCompleteCrl(revocation)
  return {
    revocation,
    // No certificate outlives its issuer's.
    completeCrlUntil: ends ? authority.certificate?.notAfter : authority.completeCrlUntil,
  }
}
