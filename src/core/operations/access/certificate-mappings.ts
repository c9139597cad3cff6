import { authorize, type Principal } from '../../domain/access.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import {
  mappingViolations,
  type CertificateMapping,
  type MappingKind,
} from '../../domain/certificate-mappings.ts'
import { wantedRoleFrom } from '../../domain/chosen-role.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import type { CertificateMappingId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { passRoles } from './pass-roles.ts'

type Changing = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar'>

export type CertificateMappingRequest = {
  /** Id, name or ARN of an authority of the caller's account and region. */
  readonly authority: string
  readonly kind: MappingKind
  readonly value: string
  readonly role: string
}

/** Of one authority: each is looked at with each call. */
const MOST = 100

/**
 * Lets whoever holds a certificate of an authority with such a name act in a role. All three are of the caller's own
 * account, and it takes rights on both: on the authority, whose issuers choose the names, and to pass the role on.
 * @throws request_invalid, not_found (authority), already_exists, limit_exceeded
 */
export async function createCertificateMapping(
  ports: Changing,
  principal: Principal,
  request: CertificateMappingRequest & Once,
): Promise<CertificateMapping> {
  const { kind, value, role, idempotency } = request
  await authorizeOnAuthority(ports, principal, 'chancery:CreateCertificateMapping', request.authority)
  refuse('request_invalid', [
    ...mappingViolations(kind, value, 'value'),
    ...(wantedRoleFrom(role)?.account === principal.account
      ? []
      : [{ code: 'role', field: 'role', message: 'must be the ARN of a role of this account' }]),
  ])
  await passRoles(ports, principal, [role as Arn])
  const authority = await ownAuthority(ports, principal, request.authority)
  const now = ports.clock.now()
  const { account, region } = principal
  const mapping: CertificateMapping = {
    ...{ id: newUuid(ports.random, now) as CertificateMappingId, account, region },
    ...{ authority: authority.id, kind, value, role: role as Arn, createdAt: now },
  }
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateCertificateMapping',
    attempt: async (remember) => {
      try {
        await ports.store.transact((writes) => [
          writes.certificateMappings.add(mapping, MOST),
          ...remember(writes, mapping.id),
          writes.audit.append(told(ports, principal, 'CreateCertificateMapping', mapping)),
        ])
        return mapping
      } catch (error) {
        throw meaning(error)
      }
    },
    replay: async (made) =>
      stillThere(await ports.store.reads.certificateMappings.get(principal, made as CertificateMappingId)),
  })
}

/** What is shared with an account isn't its own: whoever lends an authority decides whom its certificates stand for. */
async function ownAuthority(ports: Pick<Ports, 'store'>, principal: Principal, reference: string) {
  const authority = await findAuthority(ports, principal, reference)
  if (authority.account !== principal.account)
    throw new ChanceryError('not_found', 'authority: there is no such authority of this account')
  return authority
}

/** @throws not_found */
export async function describeCertificateMapping(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  id: string,
): Promise<CertificateMapping> {
  authorize(principal, 'chancery:DescribeCertificateMapping', arns.certificateMapping(principal, id))
  const mapping = await ports.store.reads.certificateMappings.get(principal, id as CertificateMappingId)
  if (mapping === undefined) throw notThere()
  return mapping
}

/** In order of creation. */
export async function listCertificateMappings(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<CertificateMapping>> {
  authorize(principal, 'chancery:ListCertificateMappings', arns.certificateMappings(principal))
  return ports.store.reads.certificateMappings.list(principal, page)
}

/** Holders of such certificates are nobody from the next request on, also of a connection that stands. @throws not_found */
export async function deleteCertificateMapping(
  ports: Changing,
  principal: Principal,
  id: string,
): Promise<void> {
  authorize(principal, 'chancery:DeleteCertificateMapping', arns.certificateMapping(principal, id))
  const mapping = await ports.store.reads.certificateMappings.get(principal, id as CertificateMappingId)
  if (mapping === undefined) throw notThere()
  try {
    await ports.store.transact((writes) => [
      writes.certificateMappings.remove(principal, mapping.id),
      writes.audit.append(told(ports, principal, 'DeleteCertificateMapping', mapping)),
    ])
  } catch (error) {
    throw meaning(error)
  }
}

const notThere = (): ChanceryError => new ChanceryError('not_found', 'There is no such certificate mapping')

function told(
  ports: Changing,
  principal: Principal,
  event: AuditEventName,
  { id, authority, kind, value, role }: CertificateMapping,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent(event, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.certificateMapping(principal, id), arns.authority(principal, authority), role],
    request: { kind, value, role },
  })
}

function meaning(error: unknown): unknown {
  if (!(error instanceof StoreConflict)) return error
  if (error.reason === 'exists')
    return new ChanceryError('already_exists', 'The authority has this mapping already', { cause: error })
  if (error.reason === 'refused')
    return new ChanceryError('limit_exceeded', `An authority has at most ${MOST} certificate mappings`, {
      cause: error,
    })
  return notThere()
}
