import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { certifierOf } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { CertificateId } from '../../domain/ids.ts'
import type { GeneralName } from '../../domain/names.ts'
import { searchKeyFor, searchKeyOf } from '../../domain/search-keys.ts'
import type { Millis } from '../../domain/time.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { isName, nameOrRefusal } from '../../x509/general-names.ts'
import { namesItself } from '../../x509/outside/chain-order.ts'
import type { Ports } from '../../ports/ports.ts'
import type { CertificateFilter, FoundCertificate, Page, PageRequest, Place } from '../../ports/store.ts'
import { authorizeOnCertificate } from './authorize-certificate.ts'
import { certificateFacts } from './certificate-facts.ts'
import { chainOf } from '../authorities/signing-authority.ts'
import { reachAuthority } from '../sharing/reach-authority.ts'

/**
 * A certificate with its chain. One still being signed doesn't exist yet for anybody.
 * @throws not_found
 */
export async function describeCertificate(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly id: string },
): Promise<{ readonly certificate: Certificate; readonly chain: readonly Uint8Array[] }> {
  await authorizeOnCertificate(ports, principal, 'acm-pca:GetCertificate', request.id)
  const certificate = await visibleCertificate(ports, principal, request.id)
  return { certificate, chain: await chainOfCertificate(ports, certificate) }
}

/**
 * As describeCertificate, for whoever asks an authority for what it issued: one that is deleted gives nothing out.
 * @throws not_found, state_conflict
 */
export async function issuedCertificate(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  request: { readonly id: string },
): Promise<{ readonly certificate: Certificate; readonly chain: readonly Uint8Array[] }> {
  const found = await describeCertificate(ports, principal, request)
  const issuer = await ports.store.reads.authorities.public(found.certificate.authority)
  if (issuer !== undefined) requireTransition(issuer, 'readIssued', ports.calendar.now())
  return found
}

/** @throws not_found, alike for an id that is none, an unknown one, and another place's */
export async function certificateAt(
  ports: Pick<Ports, 'store'>,
  place: Place,
  id: string,
): Promise<Certificate> {
  const certificate = await ports.store.reads.certificates.get(place, id as CertificateId)
  if (certificate?.state === 'issued') return certificate
  throw (await archivedIn(ports, certificate)) ?? noSuchCertificate()
}

/**
 * As `certificateAt`, and also what one of the place's authorities issued for another account, which may be looked at
 * and revoked, but never exported.
 * @throws not_found
 */
export async function visibleCertificate(
  ports: Pick<Ports, 'store'>,
  place: Place,
  id: string,
): Promise<Certificate> {
  const certificate = await ports.store.reads.certificates.visible(place, id as CertificateId)
  if (certificate?.state === 'issued') return certificate
  throw (await archivedIn(ports, certificate)) ?? noSuchCertificate()
}

/** What to say of a certificate that isn't here any more: where it is. */
async function archivedIn(
  { store }: Pick<Ports, 'store'>,
  certificate: Certificate | undefined,
): Promise<ChanceryError | undefined> {
  if (certificate?.archived === undefined) return undefined
  const file = (await store.reads.certificateArchives.fileOf(certificate.archived)) ?? 'an archive'
  const message = `This certificate expired and was archived: it is number ${certificate.archived} in ${file}`
  return new ChanceryError('not_found', message)
}

const noSuchCertificate = (): ChanceryError =>
  new ChanceryError('not_found', 'There is no such certificate here')

/** The certificates above a leaf, its issuer first, root last. */
export async function chainOfCertificate(
  ports: Pick<Ports, 'store'>,
  certificate: Certificate,
): Promise<readonly Uint8Array[]> {
  const issuer = await ports.store.reads.authorities.public(certificate.authority)
  if (issuer === undefined) return []
  const chain = await chainOf(ports, issuer)
  // A root's own certificate has no chain above it.
  const isItsOwn = certifierOf(issuer) === issuer.id && issuer.certificate?.serial === certificate.serial
  return isItsOwn ? chain.slice(1) : chain
}

/**
 * A chain without its root, as a TLS server sends it (RFC 8446 §4.4.2), and as every download and every export has it:
 * whoever verifies has the root from elsewhere, or has no reason to trust it.
 */
export function servedChain(chain: readonly Uint8Array[]): readonly Uint8Array[] {
  const last = chain.at(-1)
  // An imported chain may end below its root.
  return last !== undefined && isRoot(last) ? chain.slice(0, -1) : chain
}

/** Chains are the same octets from one issuance to the next: each is read once. */
const ROOTS = new WeakMap<Uint8Array, boolean>()

function isRoot(der: Uint8Array): boolean {
  const known = ROOTS.get(der)
  if (known !== undefined) return known
  const root = namesItself(parseCertificate(der, 'chain'))
  ROOTS.set(der, root)
  return root
}

export type CertificateSearch = Omit<CertificateFilter, 'name'> & {
  /** A name as it stands in certificates; `.example.com` finds every name below the domain. */
  readonly name?: string
}

/**
 * Certificates of the caller's account and region; newest first, by expiry when the filter is about that.
 * @throws not_found for an authority that isn't there
 */
export async function searchCertificates(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  request: { readonly filter: CertificateSearch; readonly page: PageRequest },
): Promise<Page<Certificate>> {
  authorize(principal, 'chancery:ListCertificates', arns.certificates(principal))
  const { name, ...rest } = request.filter
  const filter: CertificateFilter = name === undefined ? rest : { ...rest, name: searchKey(name) }
  const everybodys = await issuesForOthers(ports, principal, filter.authority)
  const now = ports.calendar.now()
  const { search } = ports.store.reads.certificates
  if (everybodys) return searchLent(search, principal, filter, now, request.page)
  const found = await search(principal, filter, now, request.page)
  const items = found.items.filter((each) => isFirstMatch(each, filter.name))
  return { items: items.map((each) => each.certificate), next: found.next }
}

/**
 * Whether an authority is the caller's own and has issued for other accounts: its owner sees all that it issued. Of
 * another's it is the caller's own certificates that are found, and how many there are besides is nobody's business.
 * @throws not_found for one that the caller doesn't reach
 */
async function issuesForOthers(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string | undefined,
): Promise<boolean> {
  if (reference === undefined) return false
  const { authority, lent } = await reachAuthority(ports, principal, reference)
  return lent === undefined && ports.store.reads.lent.hasLent(authority.id)
}

/** Of an authority that issues for other accounts, too: newest first, whatever is asked for; pages may be short. */
async function searchLent(
  search: Ports['store']['reads']['certificates']['search'],
  principal: Principal,
  { name, ...rest }: CertificateFilter,
  now: Millis,
  page: PageRequest,
): Promise<Page<Certificate>> {
  const below = name?.endsWith('.') === true ? name : undefined
  const whole = name === undefined || below !== undefined ? {} : { name }
  const found = await search(principal, { ...rest, ...whole, everybodys: true }, now, page)
  const items = found.items
    .map(({ certificate }) => certificate)
    .filter((each) => below === undefined || namesOf(each).some((it) => searchKeyOf(it).startsWith(below)))
  return { items, next: found.next }
}

/** A name in any spelling: as certificates have it, where it is a name that one could have. */
function searchKey(text: string): string {
  const name = text.trim()
  const below = name.startsWith('.')
  const host = name.slice(below ? 1 : 0).replace(/\.$/, '')
  const types = below ? (['dns'] as const) : (['ip', 'email', 'uri', 'dns'] as const)
  const canonical = types.map((type) => nameOrRefusal(type, host)).find(isName)
  if (canonical === undefined) return searchKeyFor(name)
  return below ? `${searchKeyOf(canonical)}.` : searchKeyOf(canonical)
}

/** A certificate with several names below the domain is found by each of them; it is listed by the first. */
function isFirstMatch({ certificate, matched }: FoundCertificate, prefix: string | undefined): boolean {
  if (matched === undefined || prefix === undefined) return true
  const first = namesOf(certificate)
    .map(searchKeyOf)
    .filter((key) => key.startsWith(prefix))
    .sort()[0]
  return first === undefined || first === matched
}

/** The names in a certificate's subjectAltName, in canonical form. */
export const namesOf = (certificate: Certificate): readonly GeneralName[] =>
  certificateFacts(certificate.der).names
