import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { requestTagFacts } from '../../domain/policies/tag-facts.ts'
import type { ResourceShare } from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import { eventsFor } from '../events-for.ts'
import { tagViolations } from '../../domain/tag-violations.ts'
import { shareView, type ShareView } from './read-shares.ts'
import { nameViolations, ownShare, permissionFor, authorizeShare, shareChanged } from './share-request.ts'

export type UpdateShareRequest = {
  readonly share: string
  readonly name?: string
  readonly external?: boolean
  /** By name or ARN. */
  readonly permission?: string
  /** Of the permission, which goes without being named when only its version is to change. */
  readonly permissionVersion?: number
  /** All of them, in place of those there were. */
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * Changes a share's name, its permission or how far it goes; what borrowers may follows from the very next call on.
 * @throws not_found (share, permission); request_invalid; state_conflict, also for one that is to stay in the organization
 * and has others on it
 */
export async function updateShare(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  request: UpdateShareRequest,
): Promise<ShareView> {
  const { share: reference, ...members } = request
  await authorizeShare(ports, principal, 'ram:UpdateResourceShare', reference)
  const givesPermission = request.permission !== undefined || request.permissionVersion !== undefined
  if (givesPermission)
    await authorizeShare(ports, principal, 'ram:AssociateResourceSharePermission', reference)
  const { tags } = request
  if (tags !== undefined)
    await authorizeShare(ports, principal, 'ram:TagResource', reference, requestTagFacts(tags))
  refuse('request_invalid', [
    ...(request.name === undefined ? [] : nameViolations(request.name)),
    ...tagViolations(tags ?? {}),
  ])
  const before = await ownShare(ports, principal, reference)
  if (request.external === false) await refuseOthers(ports, before)
  const permission = givesPermission ? await newPermission(ports, principal, before, request) : {}
  const now = ports.clock.now()
  const after: ResourceShare = {
    ...before,
    ...permission,
    name: request.name ?? before.name,
    external: request.external ?? before.external,
    tags: tags ?? before.tags,
    revision: before.revision + 1,
    updatedAt: now,
  }
  const events = eventsFor(ports, 'UpdateResourceShare', principal, undefined, {
    resources: [arns.share(before, before.id)],
    request: members,
  })
  try {
    await ports.store.transact((writes) => [
      writes.shares.replace(before, after),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    throw shareChanged(error)
  }
  return shareView(ports, principal, after)
}

async function newPermission(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  before: ResourceShare,
  { permission, permissionVersion }: UpdateShareRequest,
): Promise<Pick<ResourceShare, 'permission' | 'permissionVersion'>> {
  const known = await ports.store.reads.sharePermissions.byId(before.permission)
  return permissionFor(ports, principal, permission ?? known?.name ?? before.permission, permissionVersion)
}

/** @throws state_conflict where anybody outside the organization is on the share */
async function refuseOthers(ports: Pick<Ports, 'store'>, share: ResourceShare): Promise<void> {
  const others = (await ports.store.reads.shares.principals(share.id)).filter(
    ({ standing, account }) => account !== undefined && standing !== 'organization',
  )
  if (others.length === 0) return
  const named = others.map(({ principal }) => principal).join(', ')
  throw new ChanceryError(
    'state_conflict',
    `external: ${named} is outside the organization; take it off the share first`,
  )
}

/** Ends a share: from the very next call on nobody issues by it. What was issued stays as it is. @throws not_found */
export async function deleteShare(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  principal: Principal,
  reference: string,
): Promise<void> {
  await authorizeShare(ports, principal, 'ram:DeleteResourceShare', reference)
  const share = await ownShare(ports, principal, reference)
  const events = eventsFor(ports, 'DeleteResourceShare', principal, undefined, {
    resources: [arns.share(share, share.id)],
    request: { name: share.name },
  })
  try {
    await ports.store.transact((writes) => [
      writes.shares.remove(share.id),
      ...events.map((event) => writes.audit.append(event)),
    ])
  } catch (error) {
    throw shareChanged(error)
  }
}
