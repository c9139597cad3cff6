import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { encodePassthroughSubject } from '../../x509/passthrough-subject.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { Ports } from '../../ports/ports.ts'
import { claimBucket, CRL_BUCKET, refuseForeignBucket, refuseLostBucket } from '../buckets/claim-bucket.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { idempotently, inProgress, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import type { PendingAuthorityRequest } from './authority-request.ts'
import { pendingViolations } from './authority-violations.ts'
import { failCreation, failureReasonOf, underWay } from './fail-creation.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { nameTaken, refuseTakenName } from './name-taken.ts'
import { keyContextOf, newAuthority } from './new-authority.ts'
import { requestedExtensions, signedCsr } from './signed-csr.ts'

/**
 * An authority whose certificate comes from outside: makes its key and its certification request, and waits in
 * PENDING_CERTIFICATE for the import.
 * @throws request_invalid, already_exists (name); kms_unavailable and the like, and then it is FAILED
 */
export function createPendingAuthority(
  ports: Ports,
  principal: Principal,
  request: PendingAuthorityRequest,
): Promise<Authority> {
  authorize(
    principal,
    'acm-pca:CreateCertificateAuthority',
    arns.authorities(principal),
    requestTagFacts(request.tags ?? {}),
  )
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreateAuthority',
    attempt: async (remember) => {
      const creating = await beginCreation(ports, principal, request, remember)
      return completeCreation(ports, principal, creating, request)
    },
    replay: async (id) => {
      const made = await ports.store.reads.authorities.get(principal, id as AuthorityId)
      if (made === undefined || made.status === 'FAILED') return 'abandoned'
      if (made.status === 'CREATING') throw inProgress()
      return made
    },
  })
}

/**
 * Records the authority in CREATING before it has a key, so that whoever can't wait may answer now and call
 * `completeCreation` afterwards. If this server dies in between, another one makes it FAILED.
 * @throws request_invalid, already_exists (name)
 */
export async function beginCreation(
  ports: Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'settings'>,
  principal: Principal,
  request: PendingAuthorityRequest,
  remember: Remember = () => [],
): Promise<Authority> {
  refuse('request_invalid', pendingViolations(request))
  // What can't be encoded is told now: afterwards it would only make the authority FAILED.
  requestedExtensions(request.pathLength, request.csrExtensions)
  if (request.name !== undefined) await refuseTakenName(ports, principal, request.name)
  await refuseBeyondQuota(ports, 'authorities', principal)
  const { bucket } = request.revocation?.crl ?? {}
  await refuseForeignBucket(ports, principal.account, bucket ?? undefined, CRL_BUCKET)
  const authority = newAuthority(ports, principal, request, ports.calendar.now())
  const time = ports.clock.now()
  const event = auditEvent('CreateCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, authority.id)],
    request: {
      name: authority.name,
      kind: authority.kind,
      keyAlgorithm: authority.keyAlgorithm,
      subject: authority.subject,
      certificate: 'external',
      revocation: request.revocation,
    },
  })
  const making = underWay(ports.store)
  making.add(authority.id)
  try {
    await ports.store.transact((writes) => [
      ...claimBucket(ports, writes, authority.account, authority.revocation.crl.bucket),
      writes.authorities.add(authority),
      ...remember(writes, authority.id),
      writes.audit.append(event),
    ])
    return authority
  } catch (error) {
    making.delete(authority.id)
    refuseLostBucket(error, CRL_BUCKET)
    if (error instanceof StoreConflict && error.subject === 'authorities.add')
      throw nameTaken(authority.name, error)
    throw error
  }
}

/**
 * Makes the key and the certification request of an authority in CREATING. Whatever fails makes it FAILED.
 * @throws kms_unavailable; request_invalid when its KMS can't make such a key; state_conflict when it was deleted
 * meanwhile
 */
export async function completeCreation(
  ports: Ports,
  principal: Principal,
  authority: Authority,
  request: PendingAuthorityRequest,
): Promise<Authority> {
  try {
    const key = await ports.vault.generate(
      authority.keyAlgorithm,
      keyContextOf(authority),
      request.kms,
      authority.signatureAlgorithm,
    )
    const csrDer = await signedCsr(ports, principal, key, {
      subject: encodePassthroughSubject(request.subject),
      spki: key.spki,
      extensions: requestedExtensions(request.pathLength, request.csrExtensions),
      signatureAlgorithm: authority.signatureAlgorithm,
    })
    const time = ports.clock.now()
    const event = auditEvent('CreateCertificateAuthorityCsr', principal, {
      eventId: newUuid(ports.random, time),
      time,
      resources: [arns.authority(principal, authority.id), arns.key(principal, key.id)],
    })
    const created = { name: 'AUTHORITY_CREATION', result: 'success' } as const
    const told = await toldOfAuthority(ports, authority, created, ports.calendar.now())
    await ports.store.transact((writes) => [
      writes.authorities.complete(authority.id, csrDer),
      writes.keys.add(key),
      ...told(writes),
      writes.audit.append(event),
    ])
    return { ...authority, status: 'PENDING_CERTIFICATE', csrDer }
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError(
        'state_conflict',
        `authority: “${authority.name}” was deleted or given up while its key was made`,
        { cause: error },
      )
    await failCreation(ports, principal, authority, failureReasonOf(error))
    throw error
  } finally {
    underWay(ports.store).delete(authority.id)
  }
}
