import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { MAX_GROUPS, type Group, type User } from '../../domain/identities.ts'
import type { GroupId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newAwsId } from '../new-ids.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { referenceOf, refuseName, type PolicyReference } from './identity-references.ts'
import { limitsOf, refuseBounded, refuseOwn } from './limits.ts'
import { nameTaken, notThere, recorded, type Recording } from './recorded.ts'
import { userAt } from './users.ts'

export type GroupView = { readonly group: Group; readonly policies: readonly PolicyReference[] }

/** Adds a group to the caller's account. @throws already_exists, request_invalid, limit_exceeded */
export async function createGroup(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  { name, idempotency }: { readonly name: string } & Once,
): Promise<GroupView> {
  const { account } = principal
  refuseName(name)
  authorize(principal, 'iam:CreateGroup', arns.group(account, name))
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateGroup',
    attempt: (remember) => addGroup(ports, principal, name, remember),
    replay: async (id) => {
      const group = await ports.store.reads.groups.get(account, name)
      return viewOf(
        ports,
        stillThere(group, (found) => found.id === id),
      )
    },
  })
}

async function addGroup(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  name: string,
  remember: Remember,
): Promise<GroupView> {
  const { account } = principal
  refuseBounded(await limitsOf(ports, principal), 'changes no groups')
  await refuseBeyondQuota(ports, 'groups', principal)
  const time = ports.clock.now()
  const group: Group = { id: newAwsId(ports.random, 'AGPA') as GroupId, account, name, createdAt: time }
  await recorded(ports, principal, {
    event: 'CreateGroup',
    time,
    resources: [arns.group(account, name)],
    request: { groupName: name },
    response: { groupId: group.id },
    writes: (writes) => [writes.groups.add(group), ...remember(writes, group.id)],
    conflicts: { exists: nameTaken('group', name) },
  })
  return { group, policies: [] }
}

/** @throws not_found */
export async function describeGroup(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<GroupView> {
  authorize(principal, 'iam:GetGroup', arns.group(principal.account, name))
  return viewOf(ports, await groupAt(ports, principal, name))
}

async function viewOf({ store }: Pick<Ports, 'store'>, group: Group): Promise<GroupView> {
  const policies = await store.reads.attachments.of(group.id, false)
  return { group, policies: policies.map((policy) => referenceOf(group.account, policy)) }
}

/** The account's groups, in order of names. */
export function listGroups(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Group>> {
  authorize(principal, 'iam:ListGroups', arns.group(principal.account, '*'))
  return ports.store.reads.groups.list(principal.account, page)
}

/** Who is in it, in order of names. @throws not_found */
export async function listGroupMembers(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
  page: PageRequest,
): Promise<Page<User>> {
  authorize(principal, 'iam:GetGroup', arns.group(principal.account, name))
  const group = await groupAt(ports, principal, name)
  return ports.store.reads.groups.members(group.id, page)
}

/**
 * Ends a group; its members lose what it gave them at once.
 * @throws not_found, forbidden for a group of the caller's, state_conflict for the last administrator
 */
export async function deleteGroup(ports: Recording, principal: Principal, name: string): Promise<void> {
  const { account } = principal
  const arn = arns.group(account, name)
  authorize(principal, 'iam:DeleteGroup', arn)
  const group = await changeable(ports, principal, name)
  await recorded(ports, principal, {
    event: 'DeleteGroup',
    time: ports.clock.now(),
    resources: [arn],
    request: { groupName: name },
    writes: (writes) => [writes.groups.remove(group.id)],
    conflicts: { stale: notThere('group') },
    keepsAdministrator: account,
  })
}

/**
 * Gives a user what a group has.
 * @throws not_found, already_exists, limit_exceeded, forbidden for a group of the caller's, and for the caller
 */
export async function addGroupMember(
  ports: Recording,
  principal: Principal,
  { group: name, user: userName }: Membership,
): Promise<void> {
  const { account } = principal
  authorize(principal, 'iam:AddUserToGroup', arns.group(account, name))
  const group = await changeable(ports, principal, name)
  const user = await userAt(ports, principal, userName)
  refuseOwn(await limitsOf(ports, principal), { kind: 'user', id: user.id })
  await recorded(ports, principal, {
    event: 'AddUserToGroup',
    time: ports.clock.now(),
    resources: [arns.group(account, name), arns.user(account, userName)],
    request: { groupName: name, userName },
    writes: (writes) => [writes.groups.addMember(group.id, user.id, MAX_GROUPS)],
    conflicts: {
      exists: () => new ChanceryError('already_exists', `${userName} is in the group ${name} already`),
      stale: notThere('group'),
      refused: () =>
        new ChanceryError(
          'limit_exceeded',
          `${userName} is in ${MAX_GROUPS} groups, as many as there may be`,
        ),
    },
  })
}

/** @throws not_found, forbidden for a group of the caller's, state_conflict for the last administrator */
export async function removeGroupMember(
  ports: Recording,
  principal: Principal,
  { group: name, user: userName }: Membership,
): Promise<void> {
  const { account } = principal
  authorize(principal, 'iam:RemoveUserFromGroup', arns.group(account, name))
  const group = await changeable(ports, principal, name)
  const user = await userAt(ports, principal, userName)
  await recorded(ports, principal, {
    event: 'RemoveUserFromGroup',
    time: ports.clock.now(),
    resources: [arns.group(account, name), arns.user(account, userName)],
    request: { groupName: name, userName },
    writes: (writes) => [writes.groups.removeMember(group.id, user.id)],
    conflicts: { stale: notThere('member of this group') },
    keepsAdministrator: account,
  })
}

type Membership = { readonly group: string; readonly user: string }

/** A group whose members' rights the caller may change. @throws not_found, forbidden */
async function changeable(ports: Pick<Ports, 'store'>, principal: Principal, name: string): Promise<Group> {
  const limits = await limitsOf(ports, principal)
  refuseBounded(limits, 'changes no groups')
  const group = await groupAt(ports, principal, name)
  refuseOwn(limits, { kind: 'group', id: group.id })
  return group
}

/** @throws not_found */
export async function groupAt(
  { store }: Pick<Ports, 'store'>,
  { account }: Pick<Principal, 'account'>,
  name: string,
): Promise<Group> {
  const group = await store.reads.groups.get(account, name)
  if (group === undefined) throw notThere('group')()
  return group
}
