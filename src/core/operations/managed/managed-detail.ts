import type { Principal } from '../../domain/access.ts'
import { refuse } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import type { ManagedCertificate, ManagedVersion } from '../../domain/managed-certificates.ts'
import type { MethodChange } from '../../domain/method-changes.ts'
import { subjectIn } from '../../x509/report-subject.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest, Store } from '../../ports/store.ts'
import { certificateAt } from '../certificates/read-certificates.ts'
import type { ValidationRecord } from '../validation/check-dns-record.ts'
import { authorizedManaged } from './authorize-managed.ts'
import {
  certificateDetail,
  nameAttributes,
  type CertificateDetail,
  type NameAttribute,
} from './certificate-detail.ts'
import { newRecords } from './change-method.ts'
import { validationsOf, type ValidationView } from './read-managed.ts'
import { searchManaged, type SearchManagedRequest } from './search-managed.ts'
import { VALIDATED_ISSUING, VALIDATED_PLACE } from './validated-authority.ts'

type DetailPorts = Pick<Ports, 'store' | 'settings' | 'random'>

/** Who will issue one that is pending. */
export type ExpectedIssuer = {
  readonly subject: readonly NameAttribute[]
  readonly signatureAlgorithm: string
}

/** A managed certificate as AWS describes one. */
export type ManagedDetail = {
  readonly managed: ManagedCertificate
  /** Of the version that stands; undefined before the first. */
  readonly detail: CertificateDetail | undefined
  /** While it is to be issued by the installation's own authority. */
  readonly expected: ExpectedIssuer | undefined
  readonly validations: readonly ValidationView[]
  readonly change: MethodChange | undefined
}

/** All that its bytes, its validations and a change of method say, without the chain above it. @throws not_found */
export async function managedDetail(
  ports: DetailPorts,
  principal: Principal,
  reference: string,
): Promise<ManagedDetail> {
  const managed = await authorizedManaged(ports, principal, 'acm:DescribeCertificate', reference)
  const validated = managed.kind === 'validated'
  return {
    managed,
    detail: await detailOf(ports, managed),
    expected: validated && managed.current === undefined ? await expectedIssuer(ports) : undefined,
    validations: await validationsOf(ports, managed),
    change: validated ? await ports.store.reads.methodChanges.of(managed.id) : undefined,
  }
}

async function expectedIssuer({ store }: Pick<Ports, 'store'>): Promise<ExpectedIssuer | undefined> {
  const issuer = await store.reads.authorities.byName(VALIDATED_PLACE, VALIDATED_ISSUING)
  if (issuer?.certificate === undefined) return undefined
  return {
    subject: nameAttributes(subjectIn(issuer.certificate.der)),
    signatureAlgorithm: issuer.signatureAlgorithm,
  }
}

/** As `searchManaged`, each with what its bytes say. */
export async function searchManagedDetails(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  request: SearchManagedRequest,
): Promise<Page<Pick<ManagedDetail, 'managed' | 'detail'>>> {
  const { items, next } = await searchManaged(ports, principal, request)
  const details = await Promise.all(items.map((each) => detailOf(ports, each)))
  return { items: items.map((managed, at) => ({ managed, detail: details[at] })), next }
}

/** How it stands with the proof of control over one name, and with the one that is to take its place. */
export type NameValidations = {
  readonly active: ValidationView
  readonly requested:
    { readonly status: ValidationView['status']; readonly record: ValidationRecord } | undefined
}

/** Of each of its names, in their order; none of one that isn't validated. @throws not_found; request_invalid (cursor) */
export async function nameValidations(
  ports: DetailPorts,
  principal: Principal,
  request: { readonly id: string; readonly page: PageRequest },
): Promise<Page<NameValidations>> {
  const managed = await authorizedManaged(
    ports,
    principal,
    'acm:ListCertificateDomainValidations',
    request.id,
  )
  const change = await ports.store.reads.methodChanges.of(managed.id)
  const pending = change?.status === 'PENDING_DOMAIN_VALIDATION' ? change.proofs : []
  const records = await newRecords(ports, managed)
  const all = (await validationsOf(ports, managed)).map((active) => {
    const proof = pending.find(({ domain }) => domain === active.domain)
    const record = records.get(active.domain)
    const requested =
      proof === undefined || record === undefined ? undefined : { status: proof.status, record }
    return { active, requested }
  })
  return pageOf(all, request.page)
}

/** A cursor is the last name of the page before. */
function pageOf(all: readonly NameValidations[], { limit, after }: PageRequest): Page<NameValidations> {
  const last = all.findIndex(({ active }) => active.domain === after)
  if (after !== undefined && last === -1)
    refuse('request_invalid', [
      { code: 'cursor', field: 'cursor', message: 'not a cursor of this list; start again without one' },
    ])
  const items = all.slice(last + 1, last + 1 + limit)
  const more = last + 1 + limit < all.length
  return { items, next: more ? items.at(-1)?.active.domain : undefined }
}

/** Bytes never change: what was read of a version is remembered, of so many versions. */
const REMEMBERED = 4096
const details = new WeakMap<Store, Map<string, CertificateDetail>>()

async function detailOf(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
): Promise<CertificateDetail | undefined> {
  const { id, current } = managed
  if (current === undefined) return undefined
  const known = details.get(ports.store) ?? new Map<string, CertificateDetail>()
  details.set(ports.store, known)
  const key = `${id}/${current.number}`
  const found = known.get(key) ?? certificateDetail(await bytesOf(ports, managed, current))
  // Starting over is simpler than choosing what to forget.
  if (known.size >= REMEMBERED) known.clear()
  known.set(key, found)
  return found
}

async function bytesOf(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
  { imported, authority, serial }: ManagedVersion,
): Promise<Uint8Array> {
  if (imported !== undefined || authority === undefined) return imported?.der ?? new Uint8Array()
  return (await certificateAt(ports, managed, certificateIdOf(authority, serial))).der
}
