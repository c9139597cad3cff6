import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { baseDomain, type DomainValidation } from '../../domain/domain-validations.ts'
import { approvingAddresses } from '../../domain/email-validation.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import { canonical } from './managed-request.ts'
import type { ManagedCertificate, ManagedVersion } from '../../domain/managed-certificates.ts'
import { certificatesIn } from '../../x509/certificate.ts'
import type { ManagedFilter, StoredEvidence } from '../../ports/managed-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { certificateAt, chainOfCertificate } from '../certificates/read-certificates.ts'
import { installationSecret } from '../installation/installation-secret.ts'
import type { HttpValidation } from '../validation/check-http.ts'
import { httpValidation } from '../validation/http-validation.ts'
import type { ValidationRecord } from '../validation/check-dns-record.ts'
import { validationRecord } from '../validation/validation-record.ts'
import { managedAt, notYet } from './managed-at.ts'
import { authorizedManaged, authorizeManaged } from './authorize-managed.ts'

/** What somebody has to do to prove control over a name, and how that stands. */
export type ValidationView = DomainValidation & {
  /** DNS */
  readonly record: ValidationRecord | undefined
  /** EMAIL: who is asked. */
  readonly emails: readonly string[] | undefined
  /** HTTP */
  readonly redirect: Pick<HttpValidation, 'from' | 'to'> | undefined
}

export type VersionFile = {
  readonly der: Uint8Array
  /** Its issuers, root last where it is known; DER. */
  readonly chain: readonly Uint8Array[]
}

export type ManagedView = {
  readonly managed: ManagedCertificate
  readonly validations: readonly ValidationView[]
  /** The version that stands; undefined before the first. */
  readonly file: VersionFile | undefined
}

type ViewPorts = Pick<Ports, 'store' | 'settings' | 'random'>

/** A managed certificate with everything there is to know of it. @throws not_found */
export async function describeManaged(
  ports: ViewPorts,
  principal: Principal,
  reference: string,
): Promise<ManagedView> {
  const managed = await authorizedManaged(ports, principal, 'acm:DescribeCertificate', reference)
  return viewOf(ports, managed)
}

/** The same of one that was just changed. */
export async function viewOf(ports: ViewPorts, managed: ManagedCertificate): Promise<ManagedView> {
  const { current } = managed
  return {
    managed,
    validations: await validationsOf(ports, managed),
    file: current === undefined ? undefined : await versionFile(ports, managed, current),
  }
}

/** How it stands with each of its names, and what proves control over it. */
export async function validationsOf(
  ports: ViewPorts,
  managed: ManagedCertificate,
): Promise<readonly ValidationView[]> {
  if (managed.kind !== 'validated') return []
  const secret = await installationSecret(ports)
  const { account } = managed
  const { publicUrl = '' } = ports.settings
  const validations = await ports.store.reads.validations.of(managed.id)
  return validations.map((each) => {
    const domain = baseDomain(each.domain)
    return {
      ...each,
      record: each.method === 'DNS' ? validationRecord(secret, account, domain) : undefined,
      emails: each.method === 'EMAIL' ? approvingAddresses(each.validationDomain) : undefined,
      redirect: each.method === 'HTTP' ? httpValidation(publicUrl, secret, account, domain) : undefined,
    }
  })
}

/** The certificate of a version with its issuers: from among those issued here, or as it was imported. */
export async function versionFile(
  ports: Pick<Ports, 'store'>,
  managed: ManagedCertificate,
  version: ManagedVersion,
): Promise<VersionFile> {
  if (version.imported !== undefined)
    return { der: version.imported.der, chain: certificatesIn(version.imported.chain) }
  if (version.authority === undefined) throw new ChanceryError('internal', 'a version of nobody')
  const certificate = await certificateAt(ports, managed, certificateIdOf(version.authority, version.serial))
  return { der: certificate.der, chain: await chainOfCertificate(ports, certificate) }
}

/** The certificate that stands. @throws not_found; state_conflict before there is one */
export async function currentFile(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<VersionFile> {
  const managed = await authorizedManaged(ports, principal, 'acm:GetCertificate', reference)
  if (managed.current === undefined) throw notYet(`there is no certificate yet; it is ${managed.status}`)
  return versionFile(ports, managed, managed.current)
}

/** Those of the caller's account and region, newest first. */
export async function listManaged(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  request: { readonly filter: ManagedFilter; readonly page: PageRequest },
): Promise<Page<ManagedCertificate>> {
  authorize(principal, 'acm:ListCertificates', arns.allManaged(principal))
  const { domainName, ...rest } = request.filter
  const filter =
    domainName === undefined ? rest : { ...rest, domainName: canonical(domainName) ?? domainName }
  return ports.store.reads.managed.list(principal, filter, ports.calendar.now(), request.page)
}

/** Its versions, newest first. @throws not_found */
export async function listVersions(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly id: string; readonly page: PageRequest },
): Promise<Page<ManagedVersion>> {
  await authorizeManaged(ports, principal, 'acm:DescribeCertificate', request.id)
  const { id } = await managedAt(ports, principal, request.id)
  return ports.store.reads.managed.versions(id, request.page)
}

/** The certificate of one version. @throws not_found for either */
export async function versionFileAt(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly id: string; readonly number: number },
): Promise<VersionFile> {
  const managed = await authorizedManaged(ports, principal, 'acm:GetCertificate', request.id)
  const version = await ports.store.reads.managed.version(managed.id, request.number)
  if (version === undefined)
    throw new ChanceryError('not_found', `The certificate has no version ${request.number}`)
  return versionFile(ports, managed, version)
}

/** What checks found for a version; the newest that was checked when none is named. @throws not_found */
export async function evidenceOf(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  request: { readonly id: string; readonly version?: number | undefined },
): Promise<readonly StoredEvidence[]> {
  const managed = await authorizedManaged(ports, principal, 'acm:DescribeCertificate', request.id)
  const { evidence } = ports.store.reads.validations
  if (request.version !== undefined) return evidence(managed.id, request.version)
  const stands = managed.current?.number ?? 0
  const next = await evidence(managed.id, stands + 1)
  return next.length > 0 ? next : evidence(managed.id, stands)
}
