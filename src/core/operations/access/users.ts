import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Tags, User } from '../../domain/identities.ts'
import type { UserId } from '../../domain/ids.ts'
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
import { nameTaken, notThere, recorded, type Recording } from './recorded.ts'

/** A user with what it has, as callers see it. */
export type UserView = {
  readonly user: User
  readonly groups: readonly string[]
  /** Its own; those of its groups aren't here. */
  readonly policies: readonly PolicyReference[]
  readonly boundary: PolicyReference | undefined
}

type NewUser = { readonly name: string; readonly boundary?: string; readonly tags?: Tags }

/**
 * Adds a user to the caller's account, who may nothing yet.
 * @throws already_exists, request_invalid, limit_exceeded, not_found for the boundary; forbidden for a bounded caller with another one
 */
export async function createUser(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  request: NewUser & Once,
): Promise<UserView> {
  const { account } = principal
  const { name, boundary, tags = {}, idempotency } = request
  refuseName(name)
  refuseTags(tags)
  authorize(principal, 'iam:CreateUser', arns.user(account, name), boundaryFacts(account, boundary))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateUser',
    attempt: (remember) => addUser(ports, principal, { name, tags, boundary }, remember),
    replay: async (id) => {
      const user = await ports.store.reads.users.get(account, name)
      return viewOf(
        ports,
        stillThere(user, (found) => found.id === id),
      )
    },
  })
}

async function addUser(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  {
    name,
    boundary,
    tags,
  }: Required<Pick<NewUser, 'name' | 'tags'>> & { readonly boundary: string | undefined },
  remember: Remember,
): Promise<UserView> {
  const { account } = principal
  const limits = await limitsOf(ports, principal)
  const bound = boundary === undefined ? undefined : await policyNamed(ports, account, boundary)
  refuseUnbounded(limits, bound?.id)
  await refuseBeyondQuota(ports, 'users', principal)
  const time = ports.clock.now()
  const id = newAwsId(ports.random, 'AIDA') as UserId
  const user: User = { id, account, name, boundary: bound?.id, tags, createdAt: time }
  await recorded(ports, principal, {
    event: 'CreateUser',
    time,
    resources: [arns.user(account, name)],
    request: { userName: name, permissionsBoundary: bound?.arn, tags },
    response: { userId: id },
    writes: (writes) => [writes.users.add(user), ...remember(writes, id)],
    conflicts: { exists: nameTaken('user', name), stale: notThere('policy') },
  })
  return { user, groups: [], policies: [], boundary: bound }
}

/** @throws not_found */
export async function describeUser(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<UserView> {
  authorize(principal, 'iam:GetUser', arns.user(principal.account, name))
  return viewOf(ports, await userAt(ports, principal, name))
}

/** The account's users, in order of names. */
export function listUsers(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<User>> {
  authorize(principal, 'iam:ListUsers', arns.user(principal.account, '*'))
  return ports.store.reads.users.list(principal.account, page)
}

/**
 * Changes boundary and tags; what is absent stays.
 * @param request `boundary: null` takes it away
 * @throws not_found, forbidden for oneself and for whoever has a boundary, state_conflict for the last administrator
 */
export async function updateUser(
  ports: Recording,
  principal: Principal,
  name: string,
  request: { readonly boundary?: string | null; readonly tags?: Tags },
): Promise<UserView> {
  const { account } = principal
  const { boundary, tags } = request
  const arn = arns.user(account, name)
  if (tags !== undefined) {
    authorize(principal, 'iam:TagUser', arn)
    refuseTags(tags)
  }
  if (boundary !== undefined || tags === undefined)
    authorize(
      principal,
      boundary === null ? 'iam:DeleteUserPermissionsBoundary' : 'iam:PutUserPermissionsBoundary',
      arn,
      boundaryFacts(account, boundary),
    )
  const limits = await limitsOf(ports, principal)
  if (boundary !== undefined) refuseBounded(limits, 'changes no boundary')
  const before = await userAt(ports, principal, name)
  refuseOwn(limits, { kind: 'user', id: before.id })
  refuseUnbounded(limits, before.boundary)
  const bound = typeof boundary === 'string' ? (await policyNamed(ports, account, boundary)).id : undefined
  const user: User = {
    ...before,
    boundary: boundary === undefined ? before.boundary : bound,
    tags: tags ?? before.tags,
  }
  await recorded(ports, principal, {
    event: 'UpdateUser',
    time: ports.clock.now(),
    resources: [arn],
    request: { userName: name, permissionsBoundary: boundary, tags },
    writes: (writes) => [writes.users.update(user)],
    conflicts: { stale: notThere('user') },
    keepsAdministrator: account,
  })
  return viewOf(ports, user)
}

/**
 * Ends a user with its access keys, and its tokens: at once, in every process.
 * @throws not_found, forbidden for oneself, state_conflict for the last administrator
 */
export async function deleteUser(ports: Recording, principal: Principal, name: string): Promise<void> {
  const { account } = principal
  const arn = arns.user(account, name)
  authorize(principal, 'iam:DeleteUser', arn)
  const limits = await limitsOf(ports, principal)
  const user = await userAt(ports, principal, name)
  refuseOwn(limits, { kind: 'user', id: user.id })
  refuseUnbounded(limits, user.boundary)
  const time = ports.clock.now()
  await recorded(ports, principal, {
    event: 'DeleteUser',
    time,
    resources: [arn],
    request: { userName: name },
    writes: (writes) => [writes.users.remove(user.id, time)],
    conflicts: { stale: notThere('user') },
    keepsAdministrator: account,
  })
}

/** @throws not_found */
export async function userAt(
  { store }: Pick<Ports, 'store'>,
  { account }: Pick<Principal, 'account'>,
  name: string,
): Promise<User> {
  const user = await store.reads.users.get(account, name)
  if (user === undefined) throw notThere('user')()
  return user
}

async function viewOf(ports: Pick<Ports, 'store'>, user: User): Promise<UserView> {
  const { users, attachments } = ports.store.reads
  const [groups, policies, boundary] = await Promise.all([
    users.groups(user.id),
    attachments.of(user.id, false),
    boundaryReference(ports, user.account, user.boundary),
  ])
  return {
    user,
    groups: groups.map((group) => group.name),
    policies: policies.map((policy) => referenceOf(user.account, policy)),
    boundary,
  }
}
