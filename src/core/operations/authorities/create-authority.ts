import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { authorityProfile, type Authority } from '../../domain/authorities.ts'
import { refuse, StoreConflict } from '../../domain/errors.ts'
import { certificateIdOf, serialOf, type AuthorityId, type CertificateId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { RevocationWishes } from '../../domain/revocation-configuration.ts'
import { DEFAULT_ROOT_DAYS, DEFAULT_SUBORDINATE_DAYS } from '../../domain/profiles.ts'
import type { Millis } from '../../domain/time.ts'
import { validityFrom, type Validity } from '../../domain/validity.ts'
import { encodeSubject } from '../../x509/distinguished-names.ts'
import { basicConstraints, keyUsage, subjectKeyIdentifier } from '../../x509/extensions.ts'
import { keyIdentifierOf } from '../../x509/public-keys.ts'
import type { CertificateDraft } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { claimBucket, CRL_BUCKET, refuseForeignBucket, refuseLostBucket } from '../buckets/claim-bucket.ts'
import { outcomeOf } from '../certificates/abandon-intent.ts'
import { signRecorded, type SigningOrder } from '../certificates/sign-recorded.ts'
import { toldOfAuthority } from '../events/told-of-authority.ts'
import { idempotently, inProgress, type Remember } from '../idempotency.ts'
import { newSerial, newUuid } from '../new-ids.ts'
import { limitExtensions } from './authority-limits.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import type { CreateAuthorityRequest } from './authority-request.ts'
import { authorityViolations, constraintsOf } from './authority-violations.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { nameTaken, refuseTakenName } from './name-taken.ts'
import { keyContextOf, newAuthority } from './new-authority.ts'
import { signingAuthority, type SigningAuthority } from './signing-authority.ts'

export type { CreateAuthorityRequest }

type CreatingPorts = Ports

/**
 * Creates a root, or a subordinate under a parent of the same account and region, active at once.
 * @throws request_invalid, not_found (parent), state_conflict (parent can't issue), already_exists (name), lint_failed
 */
export async function createAuthority(
  ports: CreatingPorts,
  principal: Principal,
  request: CreateAuthorityRequest,
): Promise<Authority> {
  authorize(principal, 'acm-pca:CreateCertificateAuthority', arns.authorities(principal))
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreateAuthority',
    authority: request.parent ?? '',
    attempt: (remember) => attempt(ports, principal, request, remember),
    replay: (resource) => replay(ports, principal, resource),
  })
}

/** What an idempotency key remembers: the authority and its certificate, since only the latter is recorded at first. */
const resourceOf = (authority: AuthorityId, certificate: CertificateId): string =>
  `${authority}/${certificate}`

async function replay(
  ports: CreatingPorts,
  principal: Principal,
  resource: string,
): Promise<Authority | 'abandoned'> {
  const [id, certificate] = resource.split('/') as [AuthorityId, CertificateId]
  const outcome = await outcomeOf(ports, principal, certificate)
  if (outcome === 'signing') throw inProgress()
  // Both were published by one transaction.
  if (outcome === 'issued') return (await ports.store.reads.authorities.get(principal, id)) ?? 'abandoned'
  return 'abandoned'
}

async function attempt(
  ports: CreatingPorts,
  principal: Principal,
  request: CreateAuthorityRequest,
  remember: Remember,
): Promise<Authority> {
  const now = ports.calendar.now()
  refuse('request_invalid', authorityViolations(request))
  await refuseTakenName(ports, principal, request.name)
  await refuseBeyondQuota(ports, 'authorities', principal)
  await refuseForeignBucket(
    ports,
    principal.account,
    request.revocation?.crl?.bucket ?? undefined,
    CRL_BUCKET,
  )
  const parent = request.kind === 'root' ? undefined : await loadParent(ports, principal, request, now)
  refuseSharedSubject(request, parent)
  const defaultDays = parent === undefined ? DEFAULT_ROOT_DAYS : DEFAULT_SUBORDINATE_DAYS
  const validity = validityFrom(request.validity, defaultDays, now, parent?.validity)

  const authority: Authority = {
    ...newAuthority(ports, principal, request, now),
    ...(request.id === undefined ? {} : { id: request.id }),
    parent: parent?.id,
    pathLength: pathLengthOf(request),
    nameConstraints: constraintsOf(request.nameConstraints).constraints,
  }
  const key = await ports.vault.generate(
    authority.keyAlgorithm,
    keyContextOf(authority),
    request.kms,
    authority.signatureAlgorithm,
  )
  const draft = draftFrom(ports, request, authority, key, parent, validity)
  const isDefault =
    request.makeDefault ??
    (request.kind === 'subordinate' && (await ports.store.reads.authorities.default(principal)) === undefined)
  return activate(ports, principal, {
    ...{ authority, key, draft, parent, validity, isDefault, remember },
    revocation: request.revocation,
  })
}

type Creation = {
  readonly authority: Authority
  readonly key: StoredKey
  readonly draft: CertificateDraft
  readonly parent: SigningAuthority | undefined
  readonly validity: Validity
  readonly isDefault: boolean
  readonly revocation: RevocationWishes | undefined
  readonly remember: Remember
}

async function activate(ports: CreatingPorts, principal: Principal, creation: Creation): Promise<Authority> {
  const { authority, key, draft, parent, isDefault } = creation
  const event = auditEvent('CreateCertificateAuthority', principal, {
    eventId: newUuid(ports.random, ports.clock.now()),
    time: ports.clock.now(),
    resources: [arns.authority(principal, authority.id)],
    request: {
      name: authority.name,
      kind: authority.kind,
      keyAlgorithm: authority.keyAlgorithm,
      subject: authority.subject,
      revocation: creation.revocation,
    },
  })
  const created = { name: 'AUTHORITY_CREATION', result: 'success' } as const
  const told = await toldOfAuthority(ports, authority, created, authority.createdAt)
  const certificateOf = (der: Uint8Array) => ({
    der,
    serial: serialOf(draft.serial),
    notBefore: draft.notBefore,
    notAfter: draft.notAfter,
  })
  const order: SigningOrder = {
    draft,
    lint: {
      kind: authority.kind,
      now: authority.createdAt,
      requireSubjectAltName: false,
      ...(parent === undefined ? {} : { issuer: parent.facts }),
    },
    owner: principal,
    // A root signs itself: the key that was just made is the issuer's.
    issuer: parent ?? {
      id: authority.id,
      key,
      verificationKey: ports.verifier.load(key.spki, 'authority'),
      certificateDer: undefined,
    },
    names: [],
    profile: authorityProfile(authority.kind),
    subjectKey: undefined,
    issuedAt: authority.createdAt,
    warnings: creation.validity.clamped ? ['validity_clamped: ends when its issuer ends'] : [],
    alsoRecord: (writes) => [
      writes.keys.add(key),
      ...creation.remember(
        writes,
        resourceOf(authority.id, certificateIdOf(parent?.id ?? authority.id, serialOf(draft.serial))),
      ),
    ],
    // Not before it can issue: an authority whose signature failed must not keep its name from the next attempt.
    alsoPublish: (writes, der) => [
      ...claimBucket(ports, writes, authority.account, authority.revocation.crl.bucket),
      writes.authorities.add(authority),
      writes.authorities.activate(authority.id, certificateOf(der)),
      ...(isDefault ? [writes.authorities.makeDefault(principal, authority.id)] : []),
      ...told(writes),
      writes.audit.append(event),
    ],
  }
  try {
    const certificate = await signRecorded(ports, principal, order)
    return { ...authority, status: 'ACTIVE', isDefault, certificate: certificateOf(certificate.der) }
  } catch (error) {
    refuseLostBucket(error, CRL_BUCKET)
    if (error instanceof StoreConflict && error.subject === 'authorities.add')
      throw nameTaken(authority.name, error)
    throw error
  }
}

/** Creating a subordinate needs rights on the parent: it is the parent that issues. */
async function loadParent(
  ports: CreatingPorts,
  principal: Principal,
  request: CreateAuthorityRequest,
  now: Millis,
): Promise<SigningAuthority> {
  const parent = await signingAuthority(ports, principal, request.parent, now)
  await authorizeOnAuthority(ports, principal, 'acm-pca:IssueCertificate', parent.id)
  return parent
}

/**
 * One subject for two keys of a chain: verifiers take it for a renewed key (RFC 5280 §3.2, self-issued), which no path
 * length counts, so the limits of the chain would not hold.
 */
function refuseSharedSubject(request: CreateAuthorityRequest, parent: SigningAuthority | undefined): void {
  const subject = encodeSubject(request.subject)
  if (parent?.subjects.some((above) => Buffer.from(above).equals(subject)) !== true) return
  refuse('request_invalid', [
    { code: 'subject_taken', field: 'subject', message: 'is that of an authority above it; choose another' },
  ])
}

const pathLengthOf = (request: CreateAuthorityRequest): number | undefined =>
  request.pathLength ?? (request.kind === 'subordinate' ? 0 : undefined)

function draftFrom(
  ports: CreatingPorts,
  request: CreateAuthorityRequest,
  { signatureAlgorithm, pathLength }: Authority,
  key: StoredKey,
  parent: SigningAuthority | undefined,
  validity: Validity,
): CertificateDraft {
  const subject = encodeSubject(request.subject)
  return {
    serial: newSerial(ports.random),
    signatureAlgorithm: parent?.authority.signatureAlgorithm ?? signatureAlgorithm,
    issuer: parent?.facts.subject ?? subject,
    notBefore: validity.notBefore,
    notAfter: validity.notAfter,
    subject,
    spki: key.spki,
    extensions: [
      basicConstraints({ ca: true, ...(pathLength === undefined ? {} : { pathLength }) }),
      keyUsage(['digitalSignature', 'keyCertSign', 'cRLSign']),
      subjectKeyIdentifier(keyIdentifierOf(key.spki)),
      ...(parent?.extensions ?? []),
      ...limitExtensions(request),
    ],
  }
}
