import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { baseDomain, VALIDATION_WINDOW, type DomainValidation } from '../../domain/domain-validations.ts'
import { refuse } from '../../domain/errors.ts'
import type { ManagedId } from '../../domain/ids.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { reachAuthority } from '../sharing/reach-authority.ts'
import { idempotently, stillThere, type Remember } from '../idempotency.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { newUuid } from '../new-ids.ts'
import { issueVersion, managedIssuer, planned } from './issue-version.ts'
import { authorizeRequest } from './authorize-managed.ts'
import {
  canonical,
  DEFAULT_MANAGED_KEY,
  DEFAULT_MANAGED_PROFILE,
  managedNames,
  managedViolations,
  type ManagedRequest,
} from './managed-request.ts'

export type { ManagedRequest }

/**
 * Requests a certificate that the service keeps and renews. A private authority issues it before this returns, or nothing
 * is stored; one to be validated is pending when this returns.
 * @throws request_invalid, policy_refused, lint_failed, not_found and state_conflict (authority, profile), forbidden,
 * kms_unavailable, unavailable
 */
export async function requestManaged(
  ports: Ports,
  principal: Principal,
  request: ManagedRequest,
): Promise<ManagedCertificate> {
  const { names, violations } = managedNames(request)
  await authorizeRequest(ports, principal, request, names)
  refuse('request_invalid', [...violations, ...managedViolations(ports, request, names)])
  return idempotently(ports, principal, request.idempotency, {
    operation: 'RequestCertificate',
    // As AWS has it, a token of the account's names its first request, whichever authority that named.
    authority: request.idempotency?.scope === 'account' ? '' : (request.authority ?? ''),
    attempt: (remember) => attempt(ports, principal, request, names, remember),
    replay: async (resource) =>
      stillThere(await ports.store.reads.managed.get(principal, resource as ManagedId)),
  })
}

async function attempt(
  ports: Ports,
  principal: Principal,
  request: ManagedRequest,
  names: readonly string[],
  remember: Remember,
): Promise<ManagedCertificate> {
  await refuseBeyondQuota(ports, 'managedCertificates', principal)
  const now = ports.calendar.now()
  const managed = await blank(ports, principal, request, names, now)
  const event = requestedEvent(ports, principal, managed)
  if (request.validation === undefined)
    return issueVersion(ports, principal, {
      managed,
      now,
      alsoPublish: (writes, after) => [
        writes.managed.add(after),
        ...remember(writes, managed.id),
        writes.audit.append(event),
      ],
    })
  // What the authority would refuse is refused now, not in three days.
  await planned(ports, principal, managed, await managedIssuer(ports, principal, managed, now), now)
  await ports.store.transact((writes) => [
    writes.managed.add(managed),
    ...validationsFor(managed, request).map((validation) => writes.validations.put(validation)),
    ...remember(writes, managed.id),
    writes.audit.append(event),
  ])
  return managed
}

/** Before its first version. */
async function blank(
  ports: Pick<Ports, 'store' | 'random'>,
  principal: Principal,
  request: ManagedRequest,
  names: readonly string[],
  now: Millis,
): Promise<ManagedCertificate> {
  const { validation } = request
  const validated = validation !== undefined
  const { account, region } = principal
  return {
    id: newUuid(ports.random, now) as ManagedId,
    account,
    region,
    revision: 1,
    kind: validated ? 'validated' : 'private',
    status: 'PENDING_VALIDATION',
    failure: undefined,
    failureDetail: undefined,
    names,
    keyAlgorithm: request.keyAlgorithm ?? DEFAULT_MANAGED_KEY,
    authority: validated
      ? undefined
      : (await reachAuthority(ports, principal, request.authority)).authority.id,
    profile: validated ? 'tls-server' : (request.profile ?? DEFAULT_MANAGED_PROFILE),
    days: request.days,
    validationMethod: validation?.method,
    renewalKey: request.renewalKey ?? 'new',
    exportable: request.exportable ?? !validated,
    managedBy: request.managedBy,
    tags: request.tags ?? {},
    createdAt: now,
    validateUntil: validated ? now + VALIDATION_WINDOW : undefined,
    dueAt: validated ? now : undefined,
    attempts: 0,
    renewal: undefined,
    current: undefined,
    exportedVersion: undefined,
    revocation: undefined,
    inUseBy: [],
  }
}

function validationsFor(managed: ManagedCertificate, { validation }: ManagedRequest): DomainValidation[] {
  const asked = new Map(
    validation?.domains?.map((each) => [canonical(each.domain), canonical(each.validationDomain)]),
  )
  return managed.names.map((domain) => ({
    managed: managed.id,
    domain,
    method: managed.validationMethod ?? 'DNS',
    validationDomain: asked.get(domain) ?? baseDomain(domain),
    status: 'PENDING_VALIDATION',
    reason: undefined,
    validatedAt: undefined,
    checkedAt: undefined,
  }))
}

function requestedEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  managed: ManagedCertificate,
): AuditEvent {
  const time = ports.clock.now()
  const arn = arns.managed(managed, managed.id)
  return auditEvent('RequestCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arn],
    request: {
      names: managed.names,
      keyAlgorithm: managed.keyAlgorithm,
      ...(managed.validationMethod === undefined ? {} : { validationMethod: managed.validationMethod }),
      ...(managed.authority === undefined
        ? {}
        : { certificateAuthorityArn: arns.authority(managed, managed.authority) }),
    },
    response: { certificateArn: arn },
  })
}
