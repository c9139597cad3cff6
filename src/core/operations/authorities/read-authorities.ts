import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { authorityStatus, type Authority } from '../../domain/authorities.ts'
import { isVisible } from '../../domain/borrowing.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Ports } from '../../ports/ports.ts'
import type { AuthorityFilter, Page, PageRequest } from '../../ports/store.ts'
import { authorizeLent, lentFrom, authorizeOnReachable, reachAuthority } from '../sharing/reach-authority.ts'
import { chainOf } from './signing-authority.ts'

export type WithChain = { readonly authority: Authority; readonly chain: readonly Uint8Array[] }

/**
 * An authority by id, name or ARN, another account's that is shared too, with the certificates above it, root last; none for a root.
 * @throws not_found
 */
export const describeAuthority = (
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<WithChain> => readAs(ports, principal, 'acm-pca:DescribeCertificateAuthority', reference)

/**
 * The same for who wants its certificate, with the certificates above it, and needn't be allowed to see more.
 * @throws not_found; state_conflict when it has none yet
 */
export async function getAuthorityCertificate(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<WithChain & { readonly certificate: Uint8Array }> {
  const read = await readAs(ports, principal, 'acm-pca:GetCertificateAuthorityCertificate', reference)
  const { name, certificate } = read.authority
  if (certificate === undefined)
    throw new ChanceryError('state_conflict', `authority: “${name}” has no certificate yet`)
  return { ...read, certificate: certificate.der }
}

async function readAs(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  action: 'acm-pca:DescribeCertificateAuthority' | 'acm-pca:GetCertificateAuthorityCertificate',
  reference: string,
): Promise<WithChain> {
  await authorizeOnReachable(ports, principal, action, reference)
  const reached = await reachAuthority(ports, principal, reference)
  authorizeLent(principal, action, reached)
  const { authority } = reached
  return { authority, chain: (await chainOf(ports, authority)).slice(1) }
}

/**
 * The authorities that other accounts share with the caller, in order of their ids; pages may be short. What a share
 * offers isn't asked for: whoever is offered anything may know that it is there.
 */
export async function listLentAuthorities(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  page: PageRequest,
  { status, kind }: AuthorityFilter = {},
): Promise<Page<Authority>> {
  authorize(principal, 'acm-pca:ListCertificateAuthorities', arns.authorities(principal))
  const now = ports.calendar.now()
  const { items, next } = await ports.store.reads.lent.list(principal, page)
  const shown = items
    .filter((stored) => isVisible(principal, lentFrom(stored)))
    .map(({ authority }) => authority)
    .filter((each) => status === undefined || authorityStatus(each, now) === status)
    .filter((each) => kind === undefined || each.kind === kind)
  return { items: shown, next }
}

/** The authorities of the caller's account and region, oldest first; without the deleted ones unless they are asked for. */
export async function listAuthorities(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  page: PageRequest,
  filter: AuthorityFilter = {},
): Promise<Page<Authority>> {
  authorize(principal, 'acm-pca:ListCertificateAuthorities', arns.authorities(principal))
  return ports.store.reads.authorities.list(principal, filter, ports.calendar.now(), page)
}
