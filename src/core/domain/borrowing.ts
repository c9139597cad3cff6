import { arns, partitionOf } from './arns.ts'
import type { Authority } from './authorities.ts'
import type { AccountId, OrganizationId } from './ids.ts'
import { decideByResource, type Facts } from './policies/decide.ts'
import type { Policy } from './policies/policy.ts'
import type { Purpose } from './profiles.ts'
import { isShareable, SHAREABLE_ACTIONS, type Allowance, type ShareableAction } from './share-permissions.ts'
import { identityArn } from './shares.ts'
import { templateArnNamed, TEMPLATES } from './templates.ts'

/** What a share that is in effect for an account lets somebody of it do. */
export type Offer = Allowance & {
  /** The account, or one user or role of it. */
  readonly to: string
}

/** Another account's authority, with what its owner lets this one do. */
export type Lent = {
  readonly authority: Authority
  /** Of shares that are in effect. */
  readonly offers: readonly Offer[]
  /** The owner's policy about it. */
  readonly policy?: Policy | undefined
  /** Which organization the borrower is in. */
  readonly organization?: OrganizationId | undefined
}

/** Who wants to use another account's authority. */
export type Borrower = {
  readonly account: AccountId
  readonly arn: string
  /** `system` acts for whoever of the account may. */
  readonly kind: string
  readonly facts: Facts
}

/** Whether anything is meant for the caller. If not, the authority doesn't exist to it. */
export const isVisible = (borrower: Borrower, lent: Lent | undefined): boolean =>
  lent === undefined ||
  offersTo(borrower, lent).length > 0 ||
  SHAREABLE_ACTIONS.some((action) => policyAllows(borrower, lent, action, [...TEMPLATES.keys()]))

/**
 * Whether the owner lets the caller do it.
 * @param under for issuing: the templates that the certificate counts as; one that is allowed is enough
 */
export const lends = (
  borrower: Borrower,
  lent: Lent,
  action: ShareableAction,
  under: readonly string[] = [],
): boolean =>
  offersTo(borrower, lent).some((offer) => offersAction(offer, action, under)) ||
  policyAllows(borrower, lent, action, under)

/** Templates that the owner lets the caller issue under, for an answer that helps; undefined: any. */
export function lentTemplates(borrower: Borrower, lent: Lent): readonly string[] | undefined {
  const issuing = offersTo(borrower, lent).filter(({ actions }) =>
    actions.includes('acm-pca:IssueCertificate'),
  )
  const all = issuing.flatMap(({ templates }) => templates ?? [])
  return issuing.some(({ templates }) => templates === undefined) ? undefined : [...new Set(all)]
}

function offersTo({ kind, account, arn }: Borrower, { offers }: Lent): readonly Offer[] {
  if (kind === 'system') return offers
  const identity = identityArn(arn)
  return offers.filter(({ to }) => to === account || to === identity)
}

/** Whether the owner's policy allows it; the owner says what it is about by the template's ARN (contract §5.8). */
function policyAllows(
  borrower: Borrower,
  { authority, policy, organization }: Lent,
  action: ShareableAction,
  under: readonly string[],
): boolean {
  if (policy === undefined) return false
  const { account, arn, facts } = borrower
  const question = {
    policies: [policy],
    who: { AWS: [arn, identityArn(arn), `arn:aws:iam::${account}:root`, account] },
    action,
    resource: arns.authority(authority, authority.id),
  }
  const known: Facts = {
    ...facts,
    'aws:principalaccount': account,
    ...(organization === undefined ? {} : { 'aws:principalorgid': organization }),
  }
  if (action !== 'acm-pca:IssueCertificate') return decideByResource({ ...question, facts: known }).allowed
  const partition = partitionOf(authority.region)
  return under.some((name) => {
    const template = { 'acm-pca:templatearn': templateArnNamed(name, partition) }
    return decideByResource({ ...question, facts: { ...known, ...template } }).allowed
  })
}

const offersAction = (
  { actions, templates }: Allowance,
  action: ShareableAction,
  under: readonly string[],
): boolean =>
  actions.includes(action) &&
  (action !== 'acm-pca:IssueCertificate' ||
    templates === undefined ||
    under.some((name) => templates.includes(name)))

/**
 * Whether a policy that allows the action may be about an ARN of another account: only what an authority's owner can
 * share, and then the look-up finds the authority only if it is shared.
 */
export function mayBeLent(action: string, arn: string): boolean {
  const [, , service, , , resource = ''] = arn.split(':', 6)
  return isShareable(action) && service === 'acm-pca' && resource.startsWith('certificate-authority/')
}

/** Leaves all extensions to the request. */
const BLANK = 'BlankEndEntityCertificate_APIPassthrough/V1'
const TLS = 'EndEntityCertificate/V1'
/** By purposes: the template that says the same, then those that allow more. */
const BY_PURPOSES: Readonly<Record<string, readonly string[]>> = {
  'clientAuth serverAuth': [TLS],
  serverAuth: ['EndEntityServerAuthCertificate/V1', TLS],
  clientAuth: ['EndEntityClientAuthCertificate/V1', TLS],
  codeSigning: ['CodeSigningCertificate/V1'],
}
const IN_TEMPLATES: readonly string[] = ['digitalSignature', 'keyEncipherment']

/**
 * The templates that certificates of a profile count as where permission goes by template. The first says what it is;
 * whoever may issue under one of the others could have had more.
 */
export function templatesFor({ extendedKeyUsages, keyUsages }: Purpose): readonly string[] {
  const usual = keyUsages.every((usage) => IN_TEMPLATES.includes(usage))
  const named = usual ? BY_PURPOSES[extendedKeyUsages.toSorted().join(' ')] : undefined
  return [...(named ?? []), BLANK]
}
