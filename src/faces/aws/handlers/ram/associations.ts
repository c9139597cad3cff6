import type { Principal } from '../../../../core/domain/access.ts'
import { arns } from '../../../../core/domain/arns.ts'
import { ChanceryError } from '../../../../core/domain/errors.ts'
import { sharePrincipalFrom } from '../../../../core/domain/shares.ts'
import { associateShare, disassociateShare } from '../../../../core/operations/sharing/associate-share.ts'
import { getAuthorityPolicy } from '../../../../core/operations/sharing/authority-policy.ts'
import { leaveShare } from '../../../../core/operations/sharing/invitations.ts'
import type { ShareView } from '../../../../core/operations/sharing/read-shares.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { InputOf } from '../../service-model.ts'
import type { RamHandlers, RAM } from '../../models/ram/model.ts'
import { accountOfShare, resourceArn, RESOURCE_TYPE, shareArn } from './arns.ts'
import { principalAssociations, resourceAssociations, resourceOutputs } from './outputs.ts'
import { pageOf } from './pages.ts'
import { invalidParameter, refuseSources, sharesSeen } from './shares.ts'

type Part = Pick<
  RamHandlers,
  | 'AssociateResourceShare'
  | 'DisassociateResourceShare'
  | 'GetResourceShareAssociations'
  | 'GetResourcePolicies'
  | 'ListPrincipals'
  | 'ListResources'
  | 'ListResourceTypes'
  | 'ListSourceAssociations'
>
type Parts = InputOf<(typeof RAM)['operations']['AssociateResourceShare']>

/** What is on shares, and whom they go to. */
export const associationHandlers = (ports: Ports): Part => ({
  ...changes(ports),
  ...lists(ports),

  GetResourcePolicies: async ({ principal, input }) => {
    const policies: string[] = []
    for (const arn of input.resourceArns.map(resourceArn)) {
      const policy = await policyOf(ports, principal, arn)
      if (policy !== undefined) policies.push(policy)
    }
    return { policies }
  },
  ListResourceTypes: ({ input }) =>
    Promise.resolve({
      resourceTypes:
        input.resourceRegionScope === 'GLOBAL'
          ? []
          : [
              {
                resourceType: RESOURCE_TYPE,
                serviceName: 'acm-pca',
                resourceRegionScope: 'REGIONAL' as const,
              },
            ],
    }),
  ListSourceAssociations: async ({ principal, input }) => {
    await sharesSeen(
      ports,
      principal,
      { ...input, resourceOwner: 'SELF' },
      'ram:GetResourceShareAssociations',
    )
    return { sourceAssociations: [] }
  },
})

const changes = (ports: Ports): Pick<Part, 'AssociateResourceShare' | 'DisassociateResourceShare'> => ({
  AssociateResourceShare: async ({ principal, input }) => {
    const parts = partsOf(input)
    const view = await associateShare(ports, principal, parts)
    return { resourceShareAssociations: among(view, parts), clientToken: input.clientToken }
  },

  DisassociateResourceShare: async ({ principal, input }) => {
    const parts = partsOf(input)
    const { clientToken } = input
    if (accountOfShare(parts.share) !== principal.account) {
      refuseOthers(principal, parts)
      await leaveShare(ports, principal, parts.share)
      const left = { resourceShareArn: parts.share, associatedEntity: principal.account }
      return {
        resourceShareAssociations: [{ ...left, associationType: 'PRINCIPAL', status: 'DISASSOCIATED' }],
        clientToken,
      }
    }
    const { share } = await disassociateShare(ports, principal, parts)
    const gone = {
      resourceShareArn: parts.share,
      resourceShareName: share.name,
      status: 'DISASSOCIATED',
    } as const
    return {
      resourceShareAssociations: [
        ...parts.authorities.map((associatedEntity) => ({
          ...gone,
          associatedEntity,
          associationType: 'RESOURCE' as const,
        })),
        ...parts.principals.map((associatedEntity) => ({
          ...gone,
          associatedEntity,
          associationType: 'PRINCIPAL' as const,
        })),
      ],
      clientToken,
    }
  },
})

const lists = (
  ports: Ports,
): Pick<Part, 'GetResourceShareAssociations' | 'ListPrincipals' | 'ListResources'> => ({
  GetResourceShareAssociations: async ({ principal, input }) => {
    const { associationType: type } = input
    if (type !== 'RESOURCE' && input.resourceArn !== undefined)
      throw invalidParameter('resourceArn: goes with associationType RESOURCE only')
    if (type !== 'PRINCIPAL' && input.principal !== undefined)
      throw invalidParameter('principal: goes with associationType PRINCIPAL only')
    const own = { ...input, resourceOwner: 'SELF' as const }
    const views = await sharesSeen(ports, principal, own, 'ram:GetResourceShareAssociations')
    const found = views
      .flatMap((view) =>
        type === 'PRINCIPAL'
          ? principalAssociations(view)
          : type === 'RESOURCE'
            ? resourceAssociations(view)
            : [],
      )
      .filter(
        ({ associatedEntity, status }) =>
          [undefined, associatedEntity].includes(input.resourceArn ?? input.principal) &&
          [undefined, status].includes(input.associationStatus),
      )
    const keyOf = (each: (typeof found)[number]) => `${each.resourceShareArn} ${each.associatedEntity}`
    const { items, nextToken } = pageOf(found, keyOf, input)
    return { resourceShareAssociations: items, nextToken }
  },

  ListResources: async ({ principal, input }) => {
    const views = await sharesSeen(ports, principal, input, 'ram:ListResources')
    const wanted = input.resourceArns?.map(resourceArn)
    const found = views
      .filter((view) => input.principal === undefined || goesTo(view, input.principal, principal))
      .flatMap(resourceOutputs)
      .filter(
        ({ arn = '', type }) =>
          [undefined, type].includes(input.resourceType) &&
          (wanted === undefined || wanted.includes(arn)) &&
          input.resourceRegionScope !== 'GLOBAL',
      )
    const keyOf = (each: (typeof found)[number]) => `${each.resourceShareArn} ${each.arn}`
    const { items, nextToken } = pageOf(found, keyOf, input)
    return { resources: items, nextToken }
  },

  ListPrincipals: async ({ principal, input }) => {
    const views = await sharesSeen(ports, principal, input, 'ram:ListPrincipals')
    const { resourceArn: arn, resourceType = RESOURCE_TYPE, principals } = input
    const found = views
      .filter(
        ({ share, authorities }) =>
          resourceType === RESOURCE_TYPE &&
          (arn === undefined || authorities.some((id) => arns.authority(share, id) === resourceArn(arn))),
      )
      .flatMap((view) => principalOutputs(view, principal))
      .filter(({ id }) => principals === undefined || principals.includes(id))
    const { items, nextToken } = pageOf(found, (each) => `${each.resourceShareArn} ${each.id}`, input)
    return { principals: items, nextToken }
  },
})

/** Whom a share goes to; for a borrower, who lends. */
function principalOutputs({ share, principals }: ShareView, { account }: Principal) {
  const common = { resourceShareArn: arns.share(share, share.id), lastUpdatedTime: share.updatedAt }
  if (share.account !== account)
    return [{ ...common, id: share.account as string, creationTime: share.createdAt, external: true }]
  return principals.map(({ principal: id, createdAt, standing }) => ({
    ...common,
    id,
    creationTime: createdAt,
    external: standing !== 'organization',
  }))
}

const goesTo = ({ share, principals }: ShareView, wanted: string, { account }: Principal): boolean =>
  share.account === account
    ? principals.some(({ principal }) => principal === wanted)
    : share.account === wanted

function partsOf({ resourceShareArn, resourceArns = [], principals = [], sources }: Parts) {
  refuseSources(sources)
  if (resourceArns.length + principals.length === 0)
    throw invalidParameter('resourceArns: they or principals are expected')
  return { share: shareArn(resourceShareArn), authorities: resourceArns.map(resourceArn), principals }
}

type ShareParts = ReturnType<typeof partsOf>

/** Of a share's associations those that were asked for. */
function among(view: ShareView, { authorities, principals }: ShareParts) {
  const named = new Set([
    ...authorities,
    ...principals.map((each) => sharePrincipalFrom(each)?.principal ?? each),
  ])
  return [...resourceAssociations(view), ...principalAssociations(view)].filter(({ associatedEntity = '' }) =>
    named.has(associatedEntity),
  )
}

/** Another account's share can be left, by one's own account alone. */
function refuseOthers({ account }: Principal, { authorities, principals }: ShareParts): void {
  const others = principals.filter((each) => sharePrincipalFrom(each)?.account !== account)
  if (authorities.length === 0 && others.length === 0) return
  throw new AwsRefusal(
    'OperationNotPermittedException',
    'Of another account’s share, only one’s own account can be taken off',
  )
}

async function policyOf(ports: Ports, principal: Principal, arn: string): Promise<string | undefined> {
  try {
    return (await getAuthorityPolicy(ports, principal, arn)).policy
  } catch (error) {
    // Without a policy, or not there at all: RAM says nothing of it either way.
    if (error instanceof ChanceryError && error.code === 'not_found') return undefined
    throw error
  }
}
