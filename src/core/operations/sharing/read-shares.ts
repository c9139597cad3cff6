import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import { MANAGED_PERMISSIONS, managedPermissionArn } from '../../domain/share-permissions.ts'
import type { ResourceShare } from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import type { PrincipalStanding } from '../../ports/share-store.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { noSuchShare, authorizeShare, shareIdIn } from './share-request.ts'

/** A share as one of its sides sees it. */
export type ShareView = {
  readonly share: ResourceShare
  readonly permission: { readonly name: string; readonly arn: string; readonly version: number }
  readonly authorities: readonly AuthorityId[]
  /** Everybody for the lender; for a borrower only those of its own account. */
  readonly principals: readonly PrincipalStanding[]
}

/** Whose shares: the caller's own, or those of other accounts that are in effect for it. */
export type ShareOwner = 'SELF' | 'OTHER_ACCOUNTS'

/** Which of AWS's actions looks: each shows another side of the same shares. */
export type LookingAtShares =
  | 'ram:GetResourceShares'
  | 'ram:GetResourceShareAssociations'
  | 'ram:ListResources'
  | 'ram:ListPrincipals'
  | 'ram:ListPermissionAssociations'
  | 'ram:ListResourceSharePermissions'

/** Shares in order of creation. */
export async function listShares(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly owner: ShareOwner; readonly page: PageRequest },
  action: LookingAtShares = 'ram:GetResourceShares',
): Promise<Page<ShareView>> {
  authorize(principal, action, arns.shares(principal))
  const { shares } = ports.store.reads
  const { items, next } =
    request.owner === 'SELF'
      ? await shares.list(principal, request.page)
      : await shares.listLentTo(principal, request.page)
  return { items: await Promise.all(items.map((share) => shareView(ports, principal, share))), next }
}

/** A share of the caller's own, or one that is in effect for its account. @throws not_found */
export async function describeShare(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
  action: LookingAtShares = 'ram:GetResourceShares',
): Promise<ShareView> {
  await authorizeShare(ports, principal, action, reference)
  const id = shareIdIn(reference)
  if (id === undefined) throw noSuchShare()
  const { shares } = ports.store.reads
  const share = (await shares.get(principal, id)) ?? (await shares.lentTo(principal, id))
  if (share === undefined) throw noSuchShare()
  return shareView(ports, principal, share)
}

/** What the caller's account may know of a share. */
export async function shareView(
  ports: Pick<Ports, 'store'>,
  { account }: Pick<Principal, 'account'>,
  share: ResourceShare,
): Promise<ShareView> {
  const { shares } = ports.store.reads
  const principals = await shares.principals(share.id)
  const own = share.account === account
  return {
    // As in AWS, tags are their owner's business.
    share: own ? share : { ...share, tags: {} },
    permission: await permissionOf(ports, share),
    authorities: await shares.authorities(share.id),
    principals: own ? principals : principals.filter((each) => each.account === account),
  }
}

async function permissionOf(
  ports: Pick<Ports, 'store'>,
  share: ResourceShare,
): Promise<ShareView['permission']> {
  const { permission, permissionVersion: version } = share
  if (MANAGED_PERMISSIONS.has(permission))
    return { name: permission, arn: managedPermissionArn(permission), version }
  const custom = await ports.store.reads.sharePermissions.byId(permission)
  const name = custom?.name ?? permission
  return { name, arn: arns.sharePermission(share, name), version }
}
