import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { MAX_ATTACHED, type Holder, type HolderKind } from '../../domain/identities.ts'
import type { PolicyId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { groupAt } from './groups.ts'
import { namedPolicy, policyAt, type NamedPolicy, type PolicyReference } from './identity-references.ts'
import { limitsOf, refuseBounded, refuseOwn, refuseUnbounded } from './limits.ts'
import { notThere, recorded, type Recording } from './recorded.ts'
import { roleAt } from './roles.ts'
import { userAt } from './users.ts'

export type Attachment = {
  /** Name or ARN. */
  readonly policy: string
  readonly kind: HolderKind
  /** Of the user, group or role. */
  readonly name: string
}

const NAMES = { user: 'User', group: 'Group', role: 'Role' } as const

/**
 * Gives a policy to a user, a group or a role: from the next call on.
 * @throws not_found, already_exists, limit_exceeded; forbidden for the caller's own, and beyond its boundary
 */
export async function attachPolicy(
  ports: Recording,
  principal: Principal,
  request: Attachment,
): Promise<void> {
  const { policy, holder, holderArn } = await attachmentOf(ports, principal, request, 'Attach')
  await recorded(ports, principal, {
    event: `Attach${NAMES[request.kind]}Policy`,
    time: ports.clock.now(),
    resources: [holderArn, policy.arn],
    request: { policyArn: policy.arn, [`${request.kind}Name`]: request.name },
    writes: (writes) => [writes.attachments.add(policy.id, holder, MAX_ATTACHED)],
    conflicts: {
      exists: () =>
        new ChanceryError('already_exists', `The ${request.kind} ${request.name} has ${policy.name} already`),
      stale: notThere(request.kind),
      refused: () =>
        new ChanceryError(
          'limit_exceeded',
          `The ${request.kind} ${request.name} has ${MAX_ATTACHED} policies, as many as there may be`,
        ),
    },
  })
}

/**
 * Takes a policy away: from the next call on.
 * @throws not_found; forbidden for the caller's own, and beyond its boundary; state_conflict for the last administrator
 */
export async function detachPolicy(
  ports: Recording,
  principal: Principal,
  request: Attachment,
): Promise<void> {
  const { policy, holder, holderArn } = await attachmentOf(ports, principal, request, 'Detach')
  await recorded(ports, principal, {
    event: `Detach${NAMES[request.kind]}Policy`,
    time: ports.clock.now(),
    resources: [holderArn, policy.arn],
    request: { policyArn: policy.arn, [`${request.kind}Name`]: request.name },
    writes: (writes) => [writes.attachments.remove(policy.id, holder)],
    conflicts: { stale: notThere('attachment') },
    keepsAdministrator: principal.account,
  })
}

/** Who in the account has a policy. @throws not_found */
export async function listAttachments(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
  page: PageRequest,
): Promise<Page<Holder & { readonly name: string }>> {
  const { account } = principal
  const named = namedPolicy(account, reference)
  authorize(principal, 'iam:ListEntitiesForPolicy', arns.policy(account, named.name))
  const policy = await policyAt(ports, account, named)
  return ports.store.reads.attachments.holders(account, policy.id, page)
}

type Found = { readonly policy: PolicyReference; readonly holder: Holder; readonly holderArn: Arn }

/** What an attachment is between, when the caller may make or end it. @throws not_found, forbidden */
async function attachmentOf(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  { policy: reference, kind, name }: Attachment,
  verb: 'Attach' | 'Detach',
): Promise<Found> {
  const named: NamedPolicy = namedPolicy(principal.account, reference)
  const holderArn = arns[kind](principal.account, name)
  const action: Action = `iam:${verb}${NAMES[kind]}Policy`
  authorize(principal, action, holderArn, { 'iam:policyarn': named.arn })
  const limits = await limitsOf(ports, principal)
  const { holder, boundary } = await holderAt(ports, principal, kind, name)
  refuseOwn(limits, holder)
  if (kind === 'group') refuseBounded(limits, 'changes no groups')
  else refuseUnbounded(limits, boundary)
  return { policy: await policyAt(ports, principal.account, named), holder, holderArn }
}

async function holderAt(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  kind: HolderKind,
  name: string,
): Promise<{ holder: Holder; boundary: PolicyId | undefined }> {
  if (kind === 'group') {
    const { id } = await groupAt(ports, principal, name)
    return { holder: { kind, id }, boundary: undefined }
  }
  const { id, boundary } = await (kind === 'user' ? userAt : roleAt)(ports, principal, name)
  return { holder: { kind, id }, boundary }
}
