import { arns } from '../../../../core/domain/arns.ts'
import { managedPermissionIn } from '../../../../core/domain/share-permissions.ts'
import { describeShare, listShares, type ShareView } from '../../../../core/operations/sharing/read-shares.ts'
import { describeSharePermission } from '../../../../core/operations/sharing/share-permissions.ts'
import { updateShare } from '../../../../core/operations/sharing/update-share.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { RamHandlers } from '../../models/ram/model.ts'
import { permissionArn, RESOURCE_TYPE, shareArn } from './arns.ts'
import { everyOf, pageOf } from './pages.ts'
import { invalidParameter } from './shares.ts'

type Part = Pick<
  RamHandlers,
  | 'AssociateResourceSharePermission'
  | 'DisassociateResourceSharePermission'
  | 'ListPermissionAssociations'
  | 'ListReplacePermissionAssociationsWork'
  | 'ListResourceSharePermissions'
  | 'ReplacePermissionAssociations'
>

/** Which permission shares have: each has one, as in AWS for one type of resource. */
export const sharePermissionHandlers = (ports: Ports): Part => ({
  ...acrossShares(ports),

  AssociateResourceSharePermission: async ({ principal, input }) => {
    const { resourceShareArn, permissionVersion: version, replace = false, clientToken } = input
    const share = shareArn(resourceShareArn)
    const permission = permissionArn(input.permissionArn)
    if (!replace)
      throw invalidParameter(
        'replace: every share has a permission already; say true to put this one in its place',
      )
    await updateShare(ports, principal, {
      share,
      permission,
      ...(version === undefined ? {} : { permissionVersion: version }),
    })
    return { returnValue: true, clientToken }
  },

  DisassociateResourceSharePermission: async ({ principal, input }) => {
    const view = await describeShare(ports, principal, shareArn(input.resourceShareArn))
    const arn = permissionArn(input.permissionArn)
    throw view.permission.arn === arn
      ? new AwsRefusal(
          'OperationNotPermittedException',
          'permissionArn: a share keeps one permission; put another in its place with AssociateResourceSharePermission and replace',
        )
      : new AwsRefusal('UnknownResourceException', 'permissionArn: the share has another permission')
  },

  ListResourceSharePermissions: async ({ principal, input }) => {
    const share = shareArn(input.resourceShareArn)
    const view = await describeShare(ports, principal, share, 'ram:ListResourceSharePermissions')
    const { arn, name, version } = view.permission
    return {
      permissions: [
        {
          arn,
          name,
          version: String(version),
          resourceType: RESOURCE_TYPE,
          status: 'ASSOCIATED',
          creationTime: view.share.createdAt,
          lastUpdatedTime: view.share.updatedAt,
          permissionType: managedPermissionIn(arn) === undefined ? 'CUSTOMER_MANAGED' : 'AWS_MANAGED',
          featureSet: 'STANDARD',
        },
      ],
    }
  },
})

/** Of all shares of the caller's own. */
const acrossShares = (
  ports: Ports,
): Pick<
  Part,
  'ListPermissionAssociations' | 'ReplacePermissionAssociations' | 'ListReplacePermissionAssociationsWork'
> => ({
  ListPermissionAssociations: async ({ principal, input }) => {
    const wanted = input.permissionArn === undefined ? undefined : permissionArn(input.permissionArn)
    const { permissionVersion, associationStatus, resourceType, featureSet } = input
    const views = await everyOf((page) =>
      listShares(ports, principal, { owner: 'SELF', page }, 'ram:ListPermissionAssociations'),
    )
    const found = views.filter(
      ({ permission }) =>
        [undefined, permission.arn].includes(wanted) &&
        [undefined, permission.version].includes(permissionVersion) &&
        [undefined, 'ASSOCIATED'].includes(associationStatus) &&
        [undefined, RESOURCE_TYPE].includes(resourceType) &&
        [undefined, 'STANDARD'].includes(featureSet),
    )
    const { items, nextToken } = pageOf(found, ({ share }) => share.id, input)
    return { permissions: items.map(associated), nextToken }
  },

  ReplacePermissionAssociations: async ({ principal, input }) => {
    const from = permissionArn(input.fromPermissionArn)
    const to = permissionArn(input.toPermissionArn)
    const { fromPermissionVersion: version, clientToken } = input
    if (managedPermissionIn(to) === undefined) await describeSharePermission(ports, principal, to)
    const views = await everyOf((page) =>
      listShares(ports, principal, { owner: 'SELF', page }, 'ram:ListPermissionAssociations'),
    )
    for (const { share, permission } of views)
      if (permission.arn === from && [undefined, permission.version].includes(version))
        await updateShare(ports, principal, { share: share.id, permission: to })
    const now = ports.clock.now()
    return {
      replacePermissionAssociationsWork: {
        fromPermissionArn: from,
        toPermissionArn: to,
        ...(version === undefined ? {} : { fromPermissionVersion: String(version) }),
        // Nothing goes on after the answer.
        status: 'COMPLETED',
        creationTime: now,
        lastUpdatedTime: now,
      },
      clientToken,
    }
  },
  ListReplacePermissionAssociationsWork: () => Promise.resolve({ replacePermissionAssociationsWorks: [] }),
})

const associated = ({ share, permission }: ShareView) => ({
  arn: permission.arn,
  permissionVersion: String(permission.version),
  resourceType: RESOURCE_TYPE,
  status: 'ASSOCIATED',
  featureSet: 'STANDARD' as const,
  lastUpdatedTime: share.updatedAt,
  resourceShareArn: arns.share(share, share.id),
})
