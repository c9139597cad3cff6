import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns } from '../../domain/arns.ts'
import { refuse } from '../../domain/errors.ts'
import {
  DEFAULT_SESSION_SECONDS,
  MAX_SESSION_SECONDS,
  type AssumableRole,
  type Tags,
} from '../../domain/identities.ts'
import type { RoleId } from '../../domain/ids.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newAwsId } from '../new-ids.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import {
  boundaryFacts,
  boundaryReference,
  policyNamed,
  referenceOf,
  refuseName,
  refuseTags,
  type PolicyReference,
} from './identity-references.ts'
import { limitsOf, refuseBounded, refuseOwn, refuseUnbounded } from './limits.ts'
import { changedMeanwhile, nameTaken, notThere, recorded, type Recording } from './recorded.ts'

/** A role with what it has, as callers see it. */
export type RoleView = {
  readonly role: AssumableRole
  readonly policies: readonly PolicyReference[]
  readonly boundary: PolicyReference | undefined
}

type Members = {
  readonly description?: string
  /** The trust policy, as it is written. */
  readonly trust?: string
  readonly maxSessionSeconds?: number
  /** Null takes it away. */
  readonly boundary?: string | null
  readonly tags?: Tags
}

type NewRole = Omit<Members, 'boundary'> & {
  readonly name: string
  readonly trust: string
  readonly boundary?: string
}

/**
 * Adds a role to the caller's account, which may nothing yet.
 * @throws already_exists, limit_exceeded; request_invalid, for the trust policy with the position; not_found for the boundary; forbidden
 * for a bounded caller with another one
 */
export async function createRole(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  { idempotency, ...request }: NewRole & Once,
): Promise<RoleView> {
  const { account } = principal
  const { name, boundary, maxSessionSeconds = DEFAULT_SESSION_SECONDS } = request
  refuseName(name)
  refuseMembers({ ...request, maxSessionSeconds })
  authorize(principal, 'iam:CreateRole', arns.role(account, name), boundaryFacts(account, boundary))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateRole',
    attempt: (remember) => addRole(ports, principal, request, remember),
    replay: async (id) => {
      const role = await ports.store.reads.roles.get(account, name)
      return viewOf(
        ports,
        stillThere(role, (found) => found.id === id),
      )
    },
  })
}

async function addRole(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  request: NewRole,
  remember: Remember,
): Promise<RoleView> {
  const { account } = principal
  const { name, boundary, tags = {}, maxSessionSeconds = DEFAULT_SESSION_SECONDS } = request
  const limits = await limitsOf(ports, principal)
  const bound = boundary === undefined ? undefined : await policyNamed(ports, account, boundary)
  refuseUnbounded(limits, bound?.id)
  await refuseBeyondQuota(ports, 'roles', principal)
  const time = ports.clock.now()
  const role: AssumableRole = {
    id: newAwsId(ports.random, 'AROA') as RoleId,
    account,
    name,
    description: request.description ?? '',
    trust: request.trust,
    maxSessionSeconds,
    boundary: bound?.id,
    tags,
    createdAt: time,
    updatedAt: time,
  }
  await recorded(ports, principal, {
    event: 'CreateRole',
    time,
    resources: [arns.role(account, name)],
    request: { ...request, permissionsBoundary: bound?.arn },
    response: { roleId: role.id },
    writes: (writes) => [writes.roles.add(role), ...remember(writes, role.id)],
    conflicts: { exists: nameTaken('role', name), stale: notThere('policy') },
  })
  return { role, policies: [], boundary: bound }
}

/** @throws not_found */
export async function describeRole(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<RoleView> {
  authorize(principal, 'iam:GetRole', arns.role(principal.account, name))
  return viewOf(ports, await roleAt(ports, principal, name))
}

/** The account's roles, in order of names. */
export function listRoles(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<AssumableRole>> {
  authorize(principal, 'iam:ListRoles', arns.role(principal.account, '*'))
  return ports.store.reads.roles.list(principal.account, page)
}

/**
 * Changes a role; what is absent stays. Sessions that have begun go on with the new rights; a new trust policy is about
 * sessions to come.
 * @throws not_found, request_invalid; forbidden for whoever acts in it, and for a bounded caller; state_conflict
 */
export async function updateRole(
  ports: Recording,
  principal: Principal,
  name: string,
  request: Members,
): Promise<RoleView> {
  const { account } = principal
  const arn = arns.role(account, name)
  for (const action of actionsOf(request))
    authorize(principal, action, arn, boundaryFacts(account, request.boundary))
  refuseMembers(request)
  const limits = await limitsOf(ports, principal)
  if (request.boundary !== undefined) refuseBounded(limits, 'changes no boundary')
  const before = await roleAt(ports, principal, name)
  refuseOwn(limits, { kind: 'role', id: before.id })
  refuseUnbounded(limits, before.boundary)
  const { boundary: given, ...members } = request
  const boundary =
    given === undefined
      ? before.boundary
      : given === null
        ? undefined
        : (await policyNamed(ports, account, given)).id
  const now = ports.clock.now()
  // Strictly later, since it says which state a change was made to.
  const role: AssumableRole = {
    ...before,
    ...members,
    boundary,
    updatedAt: Math.max(now, before.updatedAt + 1),
  }
  await recorded(ports, principal, {
    event: 'UpdateRole',
    time: now,
    resources: [arn],
    request: { roleName: name, ...request },
    writes: (writes) => [writes.roles.update(before, role)],
    conflicts: { stale: changedMeanwhile('role') },
  })
  return viewOf(ports, role)
}

/** Ends a role, every session in it, and tokens that act as it. @throws not_found; forbidden for whoever acts in it */
export async function deleteRole(ports: Recording, principal: Principal, name: string): Promise<void> {
  const { account } = principal
  const arn = arns.role(account, name)
  authorize(principal, 'iam:DeleteRole', arn)
  const limits = await limitsOf(ports, principal)
  const role = await roleAt(ports, principal, name)
  refuseOwn(limits, { kind: 'role', id: role.id })
  refuseUnbounded(limits, role.boundary)
  const time = ports.clock.now()
  await recorded(ports, principal, {
    event: 'DeleteRole',
    time,
    resources: [arn],
    request: { roleName: name },
    writes: (writes) => [writes.roles.remove(role.id, time)],
    conflicts: { stale: notThere('role') },
  })
}

/** @throws not_found */
export async function roleAt(
  { store }: Pick<Ports, 'store'>,
  { account }: Pick<Principal, 'account'>,
  name: string,
): Promise<AssumableRole> {
  const role = await store.reads.roles.get(account, name)
  if (role === undefined) throw notThere('role')()
  return role
}

/** IAM's action for each member; nothing at all is an update, too. */
function actionsOf(request: Members): Action[] {
  const { trust, boundary, tags, description, maxSessionSeconds } = request
  const actions: Action[] = []
  if (trust !== undefined) actions.push('iam:UpdateAssumeRolePolicy')
  if (boundary === null) actions.push('iam:DeleteRolePermissionsBoundary')
  else if (boundary !== undefined) actions.push('iam:PutRolePermissionsBoundary')
  if (tags !== undefined) actions.push('iam:TagRole')
  if (description !== undefined || maxSessionSeconds !== undefined || actions.length === 0)
    actions.push('iam:UpdateRole')
  return actions
}

function refuseMembers({ trust, maxSessionSeconds, tags }: Members): void {
  if (trust !== undefined) parsePolicy(trust, 'trust', 'trust', 'trust')
  if (tags !== undefined) refuseTags(tags)
  if (maxSessionSeconds === undefined) return
  if (
    !Number.isInteger(maxSessionSeconds) ||
    maxSessionSeconds < DEFAULT_SESSION_SECONDS ||
    maxSessionSeconds > MAX_SESSION_SECONDS
  )
    refuse('request_invalid', [
      {
        code: 'range',
        field: 'maxSessionSeconds',
        message: `from ${DEFAULT_SESSION_SECONDS} to ${MAX_SESSION_SECONDS} seconds`,
      },
    ])
}

async function viewOf(ports: Pick<Ports, 'store'>, role: AssumableRole): Promise<RoleView> {
  const [policies, boundary] = await Promise.all([
    ports.store.reads.attachments.of(role.id, false),
    boundaryReference(ports, role.account, role.boundary),
  ])
  return { role, policies: policies.map((policy) => referenceOf(role.account, policy)), boundary }
}
