import { createHash } from 'node:crypto'
import { createShare } from '../../../../core/operations/sharing/create-share.ts'
import {
  describeShare,
  listShares,
  type LookingAtShares,
  type ShareView,
} from '../../../../core/operations/sharing/read-shares.ts'
import { tagShare, untagShare } from '../../../../core/operations/sharing/tag-share.ts'
import { deleteShare, updateShare } from '../../../../core/operations/sharing/update-share.ts'
import type { Principal } from '../../../../core/domain/access.ts'
import { HOUR } from '../../../../core/domain/time.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { RamHandlers } from '../../models/ram/model.ts'
import { permissionArn, resourceArn, shareArn } from './arns.ts'
import { shareOutput, tagsFrom } from './outputs.ts'
import { everyOf, pageOf } from './pages.ts'

/** How long a client token stands for what was first asked with it. */
const TOKEN_WINDOW = HOUR

type Part = Pick<
  RamHandlers,
  | 'CreateResourceShare'
  | 'GetResourceShares'
  | 'UpdateResourceShare'
  | 'DeleteResourceShare'
  | 'TagResource'
  | 'UntagResource'
  | 'EnableSharingWithAwsOrganization'
  | 'PromoteResourceShareCreatedFromPolicy'
>

/** Shares themselves. */
export const shareHandlers = (ports: Ports): Part => ({
  CreateResourceShare: async ({ principal, input }) => {
    refuseUnknown(input)
    const { clientToken, permissionArns = [] } = input
    const view = await createShare(ports, principal, {
      name: input.name,
      authorities: (input.resourceArns ?? []).map(resourceArn),
      principals: input.principals ?? [],
      tags: tagsFrom(input.tags),
      ...(permissionArns[0] === undefined ? {} : { permission: permissionArn(permissionArns[0]) }),
      ...(input.allowExternalPrincipals === undefined ? {} : { external: input.allowExternalPrincipals }),
      ...(clientToken === undefined
        ? {}
        : {
            idempotency: {
              key: clientToken,
              scope: 'account',
              window: TOKEN_WINDOW,
              bodyHash: createHash('sha256').update(JSON.stringify(input)).digest(),
            },
          }),
    })
    return { resourceShare: shareOutput(view), clientToken }
  },

  GetResourceShares: async ({ principal, input }) => {
    const views = await sharesSeen(ports, principal, input, 'ram:GetResourceShares')
    const { permissionArn: arn, permissionVersion: version, tagFilters = [] } = input
    const found = views.filter(
      (view) =>
        [undefined, view.share.name].includes(input.name) &&
        [undefined, 'ACTIVE'].includes(input.resourceShareStatus) &&
        [undefined, view.permission.arn].includes(arn) &&
        [undefined, view.permission.version].includes(version) &&
        tagFilters.every(({ tagKey = '', tagValues = [] }) => {
          const value = view.share.tags[tagKey]
          return value !== undefined && (tagValues.length === 0 || tagValues.includes(value))
        }),
    )
    const { items, nextToken } = pageOf(found, ({ share }) => share.id, input)
    return { resourceShares: items.map(shareOutput), nextToken }
  },

  UpdateResourceShare: async ({ principal, input }) => {
    const view = await updateShare(ports, principal, {
      share: shareArn(input.resourceShareArn),
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.allowExternalPrincipals === undefined ? {} : { external: input.allowExternalPrincipals }),
    })
    return { resourceShare: shareOutput(view), clientToken: input.clientToken }
  },

  DeleteResourceShare: async ({ principal, input }) => {
    await deleteShare(ports, principal, shareArn(input.resourceShareArn))
    return { returnValue: true, clientToken: input.clientToken }
  },

  TagResource: async ({ principal, input }) => {
    await tagShare(ports, principal, { share: taggedArn(input), tags: tagsFrom(input.tags) })
    return {}
  },
  UntagResource: async ({ principal, input }) => {
    await untagShare(ports, principal, { share: taggedArn(input), keys: input.tagKeys })
    return {}
  },

  // Inside an organization nobody has to accept anything: there is nothing to be enabled.
  EnableSharingWithAwsOrganization: () => Promise.resolve({ returnValue: true }),

  PromoteResourceShareCreatedFromPolicy: async ({ principal, input }) => {
    await describeShare(ports, principal, shareArn(input.resourceShareArn))
    throw new AwsRefusal(
      'InvalidStateTransitionException',
      'resourceShareArn: it is a standard share; none is made from a policy here',
    )
  },
})

/**
 * Shares of either side, or those of them that are named.
 * @throws not_found for one that is named and isn't there, or belongs to the other side
 */
export async function sharesSeen(
  ports: Ports,
  principal: Principal,
  {
    resourceOwner,
    resourceShareArns,
  }: {
    readonly resourceOwner: 'SELF' | 'OTHER-ACCOUNTS'
    readonly resourceShareArns?: readonly string[] | undefined
  },
  action: LookingAtShares,
): Promise<readonly ShareView[]> {
  const owner = resourceOwner === 'SELF' ? 'SELF' : 'OTHER_ACCOUNTS'
  if (resourceShareArns === undefined)
    return everyOf((page) => listShares(ports, principal, { owner, page }, action))
  const views = await Promise.all(
    [...new Set(resourceShareArns.map(shareArn))].map((arn) => describeShare(ports, principal, arn, action)),
  )
  const others = views.find(({ share }) => (share.account === principal.account) !== (owner === 'SELF'))
  if (others !== undefined)
    throw new AwsRefusal(
      'UnknownResourceException',
      `resourceShareArns: ${others.share.id} isn’t ${resourceOwner}’s`,
    )
  return views
}

/** Only shares have tags; permissions of accounts' own have none here. */
function taggedArn(input: {
  readonly resourceShareArn?: string | undefined
  readonly resourceArn?: string | undefined
}): string {
  const { resourceShareArn, resourceArn: other } = input
  if ((resourceShareArn === undefined) === (other === undefined))
    throw invalidParameter('resourceShareArn: it or resourceArn is expected, and not both')
  return shareArn(resourceShareArn ?? other ?? '')
}

/** What isn't done must not pass for done. */
function refuseUnknown(input: {
  readonly permissionArns?: readonly string[] | undefined
  readonly sources?: readonly string[] | undefined
  readonly resourceShareConfiguration?:
    { readonly retainSharingOnAccountLeaveOrganization?: boolean | undefined } | undefined
}): void {
  if ((input.permissionArns?.length ?? 0) > 1)
    throw invalidParameter(
      'permissionArns: a share has one permission for each type of resource, and there is one type',
    )
  refuseSources(input.sources)
  if (input.resourceShareConfiguration?.retainSharingOnAccountLeaveOrganization === true)
    throw invalidParameter(
      'resourceShareConfiguration.retainSharingOnAccountLeaveOrganization: an account that leaves the organization has to accept what it is to keep',
    )
}

/** Sources restrict service principals, which no share goes to here. @throws AwsRefusal `InvalidParameterException` */
export function refuseSources(sources: readonly string[] = []): void {
  if (sources.length > 0) throw invalidParameter('sources: shares go to no service principals here')
}

export const invalidParameter = (message: string): AwsRefusal =>
  new AwsRefusal('InvalidParameterException', message)
