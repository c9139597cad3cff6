import type { Principal } from '../../domain/access.ts'
import { arns, partitionOf } from '../../domain/arns.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import { resourcePolicyViolations } from '../../domain/resource-policies.ts'
import { MANAGED_PERMISSIONS, type Allowance } from '../../domain/share-permissions.ts'
import type { ResourceShare } from '../../domain/shares.ts'
import { templateArnNamed } from '../../domain/templates.ts'
import type { Ports } from '../../ports/ports.ts'
import type { PrincipalStanding } from '../../ports/share-store.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { eventsFor } from '../events-for.ts'

/** Who else may use an authority. */
export type PolicyView = {
  readonly policy: string
  /** As its owner put it, or what its shares come to. */
  readonly source: 'put' | 'shares'
}

type ChangingPorts = Pick<Ports, 'store' | 'random' | 'clock'>

/**
 * Says which other accounts may use an authority, besides those that it is shared with, in place of what was said before.
 * @throws not_found; request_invalid with the position of what can't be understood or isn't for such a policy
 */
export async function putAuthorityPolicy(
  ports: ChangingPorts,
  principal: Principal,
  request: { readonly authority: string; readonly policy: string },
): Promise<PolicyView> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:PutPolicy', request.authority)
  const authority = await findAuthority(ports, principal, request.authority)
  const { policy } = request
  const arn = arns.authority(authority, authority.id)
  parsePolicy(policy, 'resource')
  refuse('request_invalid', resourcePolicyViolations(JSON.parse(policy), arn, 'policy'))
  const now = ports.clock.now()
  const events = eventsFor(ports, 'PutPolicy', principal, undefined, {
    resources: [arn],
    request: { policy },
  })
  await ports.store.transact((writes) => [
    writes.authorityPolicies.put({ authority: authority.id, policy, createdAt: now, updatedAt: now }),
    ...events.map((event) => writes.audit.append(event)),
  ])
  return { policy, source: 'put' }
}

/** The policy that was put; without one, what the authority's shares come to. @throws not_found, also where there is neither */
export async function getAuthorityPolicy(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<PolicyView> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:GetPolicy', reference)
  const authority = await findAuthority(ports, principal, reference)
  const put = await ports.store.reads.authorityPolicies.get(authority.id)
  if (put !== undefined) return { policy: put.policy, source: 'put' }
  const statements = await statementsOfShares(ports, authority)
  if (statements.length === 0)
    throw new ChanceryError('not_found', `authority: “${authority.name}” has no policy, nor is it shared`)
  return { policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }), source: 'shares' }
}

/**
 * Deletes the policy that was put. Where there is none, takes the authority off its shares: AWS knows one policy for both.
 * Nothing happens where there is neither.
 * @throws not_found (authority)
 */
export async function deleteAuthorityPolicy(
  ports: ChangingPorts,
  principal: Principal,
  reference: string,
): Promise<void> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:DeletePolicy', reference)
  const { id, ...place } = await findAuthority(ports, principal, reference)
  const { authorityPolicies, shares } = ports.store.reads
  const put = await authorityPolicies.get(id)
  const on = put === undefined ? await shares.ofAuthority(id) : []
  if (put === undefined && on.length === 0) return
  const events = eventsFor(ports, 'DeletePolicy', principal, undefined, {
    resources: [arns.authority(place, id), ...on.map((share) => arns.share(share, share.id))],
  })
  await ports.store.transact((writes) => [
    put === undefined ? writes.shares.removeAuthorityEverywhere(id) : writes.authorityPolicies.remove(id),
    ...events.map((event) => writes.audit.append(event)),
  ])
}

/** What is in effect, as a policy would say it. */
async function statementsOfShares(
  { store }: Pick<Ports, 'store'>,
  authority: Authority,
): Promise<readonly object[]> {
  const { shares } = store.reads
  const all = await Promise.all(
    (await shares.ofAuthority(authority.id)).map(async (share) => {
      const allowance = await allowanceOf({ store }, share)
      const principals = (await shares.principals(share.id)).filter(({ standing }) =>
        ['accepted', 'organization'].includes(standing),
      )
      return allowance === undefined ? [] : statementsFor(authority, allowance, principals)
    }),
  )
  return all.flat()
}

async function allowanceOf(
  { store }: Pick<Ports, 'store'>,
  { permission, permissionVersion }: ResourceShare,
): Promise<Allowance | undefined> {
  const managed = MANAGED_PERMISSIONS.get(permission)
  return managed ?? store.reads.sharePermissions.version(permission, permissionVersion)
}

function statementsFor(
  authority: Authority,
  { actions, templates }: Allowance,
  principals: readonly PrincipalStanding[],
): object[] {
  const partition = partitionOf(authority.region)
  const accounts = principals.filter(({ account }) => account !== undefined)
  const organizations = principals.flatMap(({ organization }) => organization ?? [])
  const whom = [
    ...(accounts.length === 0
      ? []
      : [{ Principal: { AWS: accounts.map(({ principal }) => principal) }, within: {} }]),
    ...organizations.map((id) => ({
      Principal: '*',
      within: { 'aws:PrincipalOrgID': id },
    })),
  ]
  const parts = [
    { actions: actions.filter((action) => action !== 'acm-pca:IssueCertificate'), limit: {} },
    {
      actions: actions.filter((action) => action === 'acm-pca:IssueCertificate'),
      limit:
        templates === undefined
          ? {}
          : { 'acm-pca:TemplateArn': templates.map((name) => templateArnNamed(name, partition)) },
    },
  ].filter((part) => part.actions.length > 0)
  return whom.flatMap(({ Principal, within }) =>
    parts.map((part) => {
      const equals = { ...within, ...part.limit }
      return {
        Effect: 'Allow',
        Principal,
        Action: part.actions,
        Resource: arns.authority(authority, authority.id),
        ...(Object.keys(equals).length === 0 ? {} : { Condition: { StringEquals: equals } }),
      }
    }),
  )
}
