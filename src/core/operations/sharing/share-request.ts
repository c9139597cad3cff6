import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import { isShareId, type AuthorityId, type InvitationId, type ShareId } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { tagFacts } from '../../domain/policies/tag-facts.ts'
import { managedPermissionIn } from '../../domain/share-permissions.ts'
import {
  INVITATION_LIFE,
  sharePrincipalFrom,
  type ResourceShare,
  type ShareInvitation,
  type SharePrincipal,
} from '../../domain/shares.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { authorizeOnAuthority } from '../authorities/authorize-authority.ts'
import { findAuthority } from '../authorities/signing-authority.ts'
import { newUuid } from '../new-ids.ts'
import { sharePermissionNamed } from './share-permission-named.ts'

/** The id in an id or an ARN of a share, whoever's it is. */
export function shareIdIn(reference: string): ShareId | undefined {
  const id = reference.slice(reference.lastIndexOf('/') + 1)
  return isShareId(id) && (id === reference || /^arn:aws[a-z-]*:ram:/.test(reference)) ? id : undefined
}

/** What authorization is about before the look-up. */
function shareArn(place: Place, reference: string): Arn {
  const id = shareIdIn(reference)
  return id === undefined ? arns.shares(place) : arns.share(place, id)
}

/**
 * Whether the caller may do it to a share: decided on its ARN and, of the caller's own, on its tags. One that isn't there
 * has none, so whoever may only do it to some learns nothing of others.
 * @throws forbidden
 */
export async function authorizeShare(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: string,
  facts: Facts = {},
): Promise<void> {
  const id = shareIdIn(reference)
  const share = id === undefined ? undefined : await ports.store.reads.shares.get(principal, id)
  const tags = tagFacts('aws:resourcetag', share?.tags ?? {})
  authorize(principal, action, shareArn(principal, reference), { ...tags, ...facts })
}

/** A share of the caller's own. @throws not_found */
export async function ownShare(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string,
): Promise<ResourceShare> {
  const id = shareIdIn(reference)
  const share = id === undefined ? undefined : await ports.store.reads.shares.get(place, id)
  if (share === undefined) throw noSuchShare()
  return share
}

export const noSuchShare = (): ChanceryError =>
  new ChanceryError('not_found', 'share: there is no such share here')

const NAME = /^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u
const MOST_NAME = 128

/** What is wrong with a share's name. */
export const nameViolations = (name: string): readonly Violation[] =>
  NAME.test(name) && name.length <= MOST_NAME
    ? []
    : [
        {
          code: 'name',
          field: 'name',
          message: `1 to ${MOST_NAME} characters are expected, none of them control characters, no blanks at either end`,
        },
      ]

/** What a conflict of a share's writes means. */
export const shareChanged = (error: unknown): unknown =>
  error instanceof StoreConflict
    ? new ChanceryError('state_conflict', 'share: somebody changed it meanwhile; look again', {
        cause: error,
      })
    : error

/** Authorities of the caller's own. Sharing one is to say who else may use it, as its policy does. @throws not_found, forbidden */
export async function authoritiesToShare(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  references: readonly string[],
): Promise<readonly AuthorityId[]> {
  for (const reference of references)
    await authorizeOnAuthority(ports, principal, 'acm-pca:PutPolicy', reference)
  const ids: AuthorityId[] = []
  for (const reference of references) {
    const { id, name, status } = await findAuthority(ports, principal, reference)
    if (status === 'DELETED' || status === 'FAILED')
      throw new ChanceryError('state_conflict', `authority: “${name}” is ${status} and can’t be shared`)
    ids.push(id)
  }
  return [...new Set(ids)]
}

/** Whom a share is to go to, and who of them is asked first. */
export type Addressees = {
  readonly principals: readonly SharePrincipal[]
  readonly invitations: readonly ShareInvitation[]
}

/**
 * Accounts of the lender's organization use a share at once; others are invited, whether there are such accounts or not:
 * who asks learns nothing of them.
 * @throws request_invalid naming each principal that is none; policy_refused where the share stays in the organization
 */
export async function addresseesOf(
  ports: Pick<Ports, 'store' | 'random' | 'clock'>,
  share: ResourceShare,
  named: readonly string[],
): Promise<Addressees> {
  const parsed = named.map((text) => sharePrincipalFrom(text))
  const { organizationOf } = ports.store.reads.shares
  const own = await organizationOf(share.account)
  const malformed: Violation[] = []
  const outside: Violation[] = []
  const invited = new Map<string, ShareInvitation>()
  const now = ports.clock.now()
  for (const [index, each] of parsed.entries()) {
    const field = `principals[${index}]`
    if (each === undefined)
      malformed.push({
        code: 'principal',
        field,
        message: 'name an account by its 12 digits, or a user, a role or your organization by ARN',
      })
    else if (each.account === share.account)
      malformed.push({ code: 'principal_self', field, message: 'is the lender itself' })
    else if (each.organization !== undefined && each.organization !== own)
      malformed.push({
        code: 'principal_organization',
        field,
        message: 'is not the organization that you are in',
      })
    else if (
      each.account !== undefined &&
      (own === undefined || (await organizationOf(each.account)) !== own)
    ) {
      if (share.external) invited.set(each.account, invitationTo(ports, share, each.account, now))
      else
        outside.push({
          code: 'principal_external',
          field,
          message: 'is outside the organization, and this share stays in it',
        })
    }
  }
  refuse('request_invalid', malformed)
  refuse('policy_refused', outside)
  const known = parsed.filter((each) => each !== undefined)
  return {
    principals: known.map((each) => ({ ...each, share: share.id, createdAt: now })),
    invitations: [...invited.values()],
  }
}

const invitationTo = (
  ports: Pick<Ports, 'random'>,
  share: ResourceShare,
  account: ShareInvitation['account'],
  now: number,
): ShareInvitation => ({
  id: newUuid(ports.random, now) as InvitationId,
  share: share.id,
  shareName: share.name,
  sender: share.account,
  account,
  region: share.region,
  status: 'PENDING',
  createdAt: now,
  expiresAt: now + INVITATION_LIFE,
  decidedAt: undefined,
})

/**
 * What a share refers to: a managed permission, or a version of one of the caller's own.
 * @throws not_found, request_invalid for a version that isn't there
 */
export async function permissionFor(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string,
  version: number | undefined,
): Promise<Pick<ResourceShare, 'permission' | 'permissionVersion'>> {
  const managed = managedPermissionIn(reference)
  if (managed !== undefined) {
    if (version !== undefined && version !== 1) refuse('request_invalid', [noVersion(version)])
    return { permission: managed, permissionVersion: 1 }
  }
  const { id, defaultVersion } = await sharePermissionNamed(ports, place, reference)
  const wanted = version ?? defaultVersion
  if ((await ports.store.reads.sharePermissions.version(id, wanted)) === undefined)
    refuse('request_invalid', [noVersion(wanted)])
  return { permission: id, permissionVersion: wanted }
}

const noVersion = (version: number): Violation => ({
  code: 'permission_version',
  field: 'permissionVersion',
  message: `the permission has no version ${version}`,
})
