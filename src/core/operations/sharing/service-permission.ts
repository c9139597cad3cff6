import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { AuditEventName } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import {
  CERTIFICATE_SERVICE,
  SERVICE_ACTIONS,
  type ServiceAction,
  type ServicePermission,
} from '../../domain/share-permissions.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { eventsFor } from '../events-for.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'

/** What managed certificates of the authority's own account may ask of it, and since when. */
export type ServicePermissionView = Omit<ServicePermission, 'createdAt'> & { readonly createdAt: Millis }

type ChangingPorts = Pick<Ports, 'store' | 'random' | 'clock' | 'calendar'>

/** None where it was taken away. @throws not_found */
export async function getServicePermission(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<ServicePermissionView | undefined> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:ListPermissions', reference)
  return viewOf(await findAuthority(ports, principal, reference))
}

const viewOf = ({ servicePermission, createdAt }: Authority): ServicePermissionView | undefined =>
  servicePermission && {
    actions: servicePermission.actions,
    createdAt: servicePermission.createdAt ?? createdAt,
  }

/**
 * Lets managed certificates use an authority of the same account again. All of the actions are needed for one to be
 * issued or renewed (contract §5.5).
 * @throws not_found; already_exists
 */
export async function createServicePermission(
  ports: ChangingPorts,
  principal: Principal,
  request: { readonly authority: string; readonly actions?: readonly ServiceAction[] } & Once,
): Promise<ServicePermissionView> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:CreatePermission', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  return idempotently(ports, principal, request.idempotency, {
    operation: 'CreatePermission',
    attempt: (remember) => permit(ports, principal, authority, request.actions, remember),
    replay: (createdAt) =>
      Promise.resolve(stillThere(viewOf(authority), (found) => String(found.createdAt) === createdAt)),
  })
}

async function permit(
  ports: ChangingPorts,
  principal: Principal,
  authority: Authority,
  wanted: readonly ServiceAction[] = SERVICE_ACTIONS,
  remember: Remember,
): Promise<ServicePermissionView> {
  if (authority.servicePermission !== undefined)
    throw new ChanceryError(
      'already_exists',
      `authority: “${authority.name}” has given ${CERTIFICATE_SERVICE} its permission already; take it away first`,
    )
  const createdAt = ports.clock.now()
  const actions = SERVICE_ACTIONS.filter((action) => wanted.includes(action))
  await changed(ports, principal, 'CreatePermission', authority, { actions, createdAt }, remember)
  return { actions, createdAt }
}

/** Managed certificates of the account get nothing from the authority any more, renewals included. @throws not_found */
export async function deleteServicePermission(
  ports: ChangingPorts,
  principal: Principal,
  reference: string,
): Promise<void> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:DeletePermission', reference)
  const authority = await findAuthority(ports, principal, reference)
  if (authority.servicePermission === undefined)
    throw new ChanceryError('not_found', `authority: “${authority.name}” has no such permission`)
  await changed(ports, principal, 'DeletePermission', authority, undefined)
}

async function changed(
  ports: ChangingPorts,
  principal: Principal,
  name: AuditEventName,
  authority: Authority,
  permission: ServicePermission | undefined,
  remember: Remember = () => [],
): Promise<void> {
  const events = eventsFor(ports, name, principal, undefined, {
    resources: [arns.authority(authority, authority.id)],
    request: {
      principal: CERTIFICATE_SERVICE,
      ...(permission === undefined ? {} : { actions: permission.actions }),
    },
  })
  try {
    await ports.store.transact((writes) => [
      writes.servicePermissions.set(authority.id, permission),
      ...remember(writes, String(permission?.createdAt)),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('state_conflict', 'The authority was removed just now', { cause: error })
  }
}
