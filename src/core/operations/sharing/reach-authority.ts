import { authorize, type Principal } from '../../domain/access.ts'
import type { Action } from '../../domain/actions.ts'
import { arns, partitionOf } from '../../domain/arns.ts'
import type { Authority } from '../../domain/authorities.ts'
import { isVisible, lends, lentTemplates, type Lent } from '../../domain/borrowing.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isAccountId, isAuthorityId, type AccountId, type AuthorityId } from '../../domain/ids.ts'
import type { Facts } from '../../domain/policies/decide.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { ShareableAction } from '../../domain/share-permissions.ts'
import { templateArnNamed } from '../../domain/templates.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { LentAuthority } from '../../ports/share-store.ts'
import type { Place } from '../../ports/store.ts'
import { authorityTarget, type AuthorityTarget } from '../authorities/authorize-authority.ts'
import {
  isOpen,
  noSuchAuthority,
  ownAuthority,
  signerFor,
  type LoadingPorts,
  type SigningAuthority,
} from '../authorities/signing-authority.ts'
import { cached } from '../generation-cache.ts'

/** An authority that the caller may know of. */
export type Reached = {
  readonly authority: Authority
  /** What its owner lets the caller's account do; undefined for the caller's own. */
  readonly lent: Lent | undefined
}

/**
 * An authority of the caller's own by id, name or ARN, or the default one; or another account's that is shared with the
 * caller, by ARN or id. What isn't shared is answered as what isn't there, after the same statements.
 * @throws not_found
 */
export async function reachAuthority(
  { store }: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string | undefined,
): Promise<Reached> {
  const elsewhere = reference === undefined ? undefined : elsewhereIn(principal, reference)
  if (elsewhere === undefined) {
    const authority = await ownAuthority({ store }, principal, reference)
    if (authority !== undefined) return { authority, lent: undefined }
  }
  const id = elsewhere?.id ?? reference
  // What others share has neither names nor a default here.
  if (id === undefined || !isAuthorityId(id)) throw noSuchAuthority(principal, reference)
  const stored = await store.reads.lent.find(principal, id, elsewhere?.owner)
  const lent = stored === undefined ? undefined : lentFrom(stored)
  if (lent === undefined || !isVisible(principal, lent)) throw noSuchAuthority(principal, reference)
  return { authority: lent.authority, lent }
}

/** What the owner lends, its policy ready to decide. */
export const lentFrom = ({ policy, ...stored }: LentAuthority): Lent => ({
  ...stored,
  policy: policy === undefined ? undefined : parsePolicy(policy, 'resource'),
})

/**
 * As `signingAuthority`, for an authority that the caller reaches. What was cached of a shared one counts for as long as
 * nothing about authorities and shares has changed, in whichever process.
 * @throws not_found, state_conflict when it can't issue
 */
export async function reachSigner(
  ports: LoadingPorts,
  principal: Principal,
  reference: string | undefined,
  now: Millis,
): Promise<SigningAuthority> {
  const named = reference === undefined ? 'default' : `named/${reference}`
  const key = `reached/${principal.account}/${principal.region}/${named}`
  const load = async (): Promise<SigningAuthority> => {
    const { authority, lent } = await reachAuthority(ports, principal, reference)
    return { ...(await signerFor(ports, authority, now)), lent }
  }
  // One that is shared with somebody else of the account is looked up again, and not found as if it weren't there.
  const good = ({ shard, lent }: SigningAuthority) => isOpen(shard) && isVisible(principal, lent)
  const signing = await cached(ports, key, load, good)
  requireTransition(signing.authority, 'issue', now)
  return signing
}

/**
 * As `authorizeOnAuthority`; for another account's, where the reference is its ARN, decided on the ARN alone: its tags are
 * its owner's business.
 * @returns what it was decided on
 * @throws forbidden
 */
export async function authorizeOnReachable(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: Action,
  reference: string | undefined,
  facts: Facts = {},
): Promise<AuthorityTarget> {
  const target = await reachableTarget(ports, principal, reference)
  authorize(principal, action, target.arn, { ...target.facts, ...facts })
  return target
}

/** As `authorityTarget`; another account's, where the reference is its ARN. */
export async function reachableTarget(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<AuthorityTarget> {
  const elsewhere = reference === undefined ? undefined : elsewhereIn(place, reference)
  if (elsewhere === undefined) return authorityTarget(ports, place, reference)
  const arn = arns.authority({ account: elsewhere.owner, region: place.region }, elsewhere.id)
  return { arn, facts: {} }
}

/** The authority and its owner in an ARN of another account; shares stay within a region. */
function elsewhereIn(
  { account, region }: Place,
  reference: string,
): { readonly id: AuthorityId; readonly owner: AccountId } | undefined {
  const prefix = `arn:${partitionOf(region)}:acm-pca:${region}:`
  if (!reference.startsWith(prefix)) return undefined
  const [owner = '', resource = '', rest] = reference.slice(prefix.length).split(':')
  const id = resource.replace(/^certificate-authority\//, '')
  if (rest !== undefined || id === resource || !isAuthorityId(id) || !isAccountId(owner)) return undefined
  return owner === account ? undefined : { id, owner }
}

/**
 * Both sides must agree on the use of another account's authority: a policy of the caller's, and what its owner shares.
 * Of the caller's own there is nothing to ask here.
 * @param under for issuing: the templates that the certificate counts as, the first of which policies are asked about
 * @throws forbidden, which names what the owner would allow
 */
export function authorizeLent(
  principal: Principal,
  action: ShareableAction & Action,
  { authority, lent }: Pick<SigningAuthority, 'authority' | 'lent'>,
  under: readonly string[] = [],
): void {
  if (lent === undefined) return
  const [template] = under
  authorize(
    principal,
    action,
    arns.authority(lent.authority, lent.authority.id),
    template === undefined
      ? {}
      : { 'acm-pca:templatearn': templateArnNamed(template, partitionOf(authority.region)) },
  )
  if (lends(principal, lent, action, under)) return
  const allowed = action === 'acm-pca:IssueCertificate' ? lentTemplates(principal, lent) : []
  const instead =
    allowed === undefined || allowed.length === 0
      ? ''
      : `; account ${lent.authority.account} lets you issue under ${allowed.join(', ')}, and this would count as ${template}`
  throw new ChanceryError('forbidden', `The authority is not shared with you for ${action}${instead}`, {
    details: { action },
  })
}

/**
 * Revoking what another account's authority issued takes that account's leave, also from the certificate's owner: its
 * CRL and its responder are what is changed.
 * @throws forbidden
 */
export async function authorizeRevocation(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  { authority, account, region, lender }: Certificate,
): Promise<void> {
  if (lender === undefined || lender === principal.account || principal.kind === 'system') return
  const action = 'acm-pca:RevokeCertificate'
  const stored = await ports.store.reads.lent.find({ account, region }, authority, lender)
  if (stored !== undefined)
    return authorizeLent(principal, action, { authority: stored.authority, lent: lentFrom(stored) })
  const message = `The authority is not shared with you for ${action}; its owner, account ${lender}, can revoke the certificate`
  throw new ChanceryError('forbidden', message, { details: { action } })
}
