import { arns } from '../../domain/arns.ts'
import { longestDays, type Authority } from '../../domain/authorities.ts'
import type { Lent } from '../../domain/borrowing.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { isAuthorityId, type AuthorityId } from '../../domain/ids.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Millis } from '../../domain/time.ts'
import type { IssuerWindow } from '../../domain/validity.ts'
import { certificatesIn, parseCertificate } from '../../x509/certificate.ts'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  cRLDistributionPoints,
  freshestCRL,
} from '../../x509/extensions.ts'
import { issuerFactsOf, type IssuerFacts } from '../../x509/lint-rules/issuer-facts.ts'
import { keyIdentifierOf } from '../../x509/public-keys.ts'
import type { Extension } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { VerificationKey } from '../../ports/signature-verifier.ts'
import type { Place } from '../../ports/store.ts'
import { cached } from '../generation-cache.ts'
import { currentShard, type CurrentShard } from '../revocation/current-shard.ts'
import { caCertificateUrl, crlUrl, deltaCrlUrl, ocspUrl } from '../revocation/repository-urls.ts'
import { refuseRevoked } from './refuse-revoked.ts'

/** An authority that can issue, with everything that is the same for each certificate it signs. */
export type SigningAuthority = {
  readonly authority: Authority
  readonly id: AuthorityId
  readonly key: StoredKey
  readonly verificationKey: VerificationKey
  readonly certificateDer: Uint8Array
  /** Its certificate first, root last; DER. */
  readonly chain: readonly Uint8Array[]
  /** DER of the chain's Names, in the same order. */
  readonly subjects: readonly Uint8Array[]
  readonly facts: IssuerFacts
  /** How long what it issues may live: for `validityFrom`. */
  readonly validity: IssuerWindow
  /** Authority key identifier; for what isn't a certificate. */
  readonly keyIdentifier: Extension
  /** What it puts into each certificate: authority key identifier, CRL distribution point, authority information access. */
  readonly extensions: readonly Extension[]
  /** Whose CRL its certificates name, where its CRLs are partitioned. */
  readonly shard: CurrentShard | undefined
  /** What its owner lets the caller's account do; undefined for the caller's own. */
  readonly lent?: Lent | undefined
}

export type LoadingPorts = Pick<Ports, 'store' | 'verifier' | 'settings' | 'random' | 'calendar'>

/**
 * The authority that issues for the one a request names by id, name or ARN (itself, or its successor since a
 * rotation); without one, the place's default. Cached until something about authorities changes.
 * @throws not_found, state_conflict when it can't issue
 */
export async function signingAuthority(
  ports: LoadingPorts,
  place: Place,
  reference: string | undefined,
  now: Millis,
): Promise<SigningAuthority> {
  const named = reference === undefined ? 'default' : `named/${reference}`
  const key = `signing/${place.account}/${place.region}/${named}`
  const load = async () => signerFor(ports, await findAuthority(ports, place, reference), now)
  const signing = await cached(ports, key, load, ({ shard }) => isOpen(shard))
  requireTransition(signing.authority, 'issue', now)
  return signing
}

/**
 * Who issues in an authority's place now, ready to sign.
 * @throws state_conflict when it can't issue
 */
export async function signerFor(
  ports: LoadingPorts,
  found: Authority,
  now: Millis,
): Promise<SigningAuthority> {
  const authority = await lastSuccessor(ports, found)
  // Before its key and its chain are looked for, which it may not have.
  requireTransition(authority, 'issue', now)
  // Revoking an authority's certificate changes its status too, and with it the generation of what is cached.
  await refuseRevoked(ports, authority)
  return loaded(ports, authority)
}

/** Who issues in an authority's place since it was rotated, perhaps more than once; itself when it wasn't, or is deleted. */
async function lastSuccessor(ports: Pick<Ports, 'store'>, authority: Authority): Promise<Authority> {
  let last = authority
  while (last.successor !== undefined && last.status !== 'DELETED') {
    const next = await ports.store.reads.authorities.public(last.successor)
    if (next === undefined)
      throw new ChanceryError('internal', 'the authority’s successor is not in the database')
    last = next
  }
  return last
}

/** By id, name or ARN within the place; the default when none is named. @throws not_found */
export async function findAuthority(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<Authority> {
  const authority = await ownAuthority(ports, place, reference)
  if (authority === undefined) throw noSuchAuthority(place, reference)
  return authority
}

/** As `findAuthority`, undefined when there is none. */
export async function ownAuthority(
  { store }: Pick<Ports, 'store'>,
  place: Place,
  reference: string | undefined,
): Promise<Authority | undefined> {
  const { authorities } = store.reads
  if (reference === undefined) return authorities.default(place)
  const id = authorityIdIn(place, reference)
  return id === undefined ? authorities.byName(place, reference) : authorities.get(place, id)
}

/** What is said of an authority that isn't there, or that isn't the caller's to see. */
export const noSuchAuthority = (place: Place, reference: string | undefined): ChanceryError =>
  new ChanceryError(
    'not_found',
    reference === undefined
      ? `authority: none was named, and ${place.region} of this account has no default one; create an authority first`
      : 'authority: there is no such authority here',
  )

/** The id in an id or in an ARN of this place; undefined for a name, or another place's ARN, which is nobody's name. */
export function authorityIdIn(place: Place, reference: string): AuthorityId | undefined {
  if (isAuthorityId(reference)) return reference
  const id = reference.slice(reference.lastIndexOf('/') + 1)
  return isAuthorityId(id) && arns.authority(place, id) === reference ? id : undefined
}

async function loaded(ports: LoadingPorts, authority: Authority): Promise<SigningAuthority> {
  if (authority.certificate === undefined)
    throw new ChanceryError(
      'state_conflict',
      `authority: “${authority.name}” is ${authority.status} and has no certificate`,
      {
        details: { status: authority.status },
      },
    )
  const key = await ports.store.reads.keys.get(authority.key)
  if (key === undefined) throw new ChanceryError('internal', 'the authority’s key is not in the database')
  const chain = await chainOf(ports, authority)
  const parsed = chain.map((der) => parseCertificate(der, 'chain'))
  const facts = issuerFactsOf(parsed)
  // RFC 5280 §4.2.1.1: as its certificate has it, which somebody outside may have signed who hashes keys otherwise.
  const identifier = authorityKeyIdentifier(facts.subjectKeyIdentifier ?? keyIdentifierOf(key.spki))
  const shard = await cached(ports, `shard/${authority.id}`, () => currentShard(ports, authority), isOpen)
  return {
    authority,
    id: authority.id,
    key,
    verificationKey: ports.verifier.load(key.spki, 'authority'),
    certificateDer: authority.certificate.der,
    chain,
    subjects: parsed.map(({ subject }) => subject),
    facts,
    validity: { notBefore: facts.notBefore, notAfter: facts.notAfter, longestDays: longestDays(authority) },
    keyIdentifier: identifier,
    extensions: issuerExtensions(ports, authority, identifier, shard),
    shard,
  }
}

/**
 * An authority by id alone, in whatever state: it signs CRLs while it is disabled, too.
 * @throws not_found, state_conflict while it has no certificate
 */
export function issuingAuthority(ports: LoadingPorts, id: AuthorityId): Promise<SigningAuthority> {
  const load = async (): Promise<SigningAuthority> => {
    const authority = await ports.store.reads.authorities.public(id)
    if (authority === undefined) throw new ChanceryError('not_found', 'authority: there is no such authority')
    return loaded(ports, authority)
  }
  return cached(ports, `issuing/${id}`, load, ({ shard }) => isOpen(shard))
}

/**
 * What an issuer adds to each certificate: who signed (RFC 5280 §4.2.1.1), where its CRL (§4.2.1.13) with its delta
 * (§4.2.1.15), its responder and its own certificate are (§4.2.2.1).
 */
export function issuerExtensions(
  { settings }: Pick<Ports, 'settings'>,
  authority: Authority,
  identifier: Extension,
  shard: Pick<CurrentShard, 'name' | 'url'> | undefined,
): readonly Extension[] {
  const { crl, ocsp, caIssuers } = authority.revocation
  const named = crl.enabled && !crl.omitExtension
  const points = named ? [shard?.url ?? crlUrl(settings, authority)].filter(isKnown) : []
  const deltas = named ? [deltaCrlUrl(settings, authority, shard?.name)].filter(isKnown) : []
  const access = {
    ocsp: ocsp.enabled ? [ocspUrl(settings, authority)].filter(isKnown) : [],
    caIssuers: caIssuers ? [caCertificateUrl(settings, authority.id)].filter(isKnown) : [],
  }
  return [
    identifier,
    ...(points.length === 0 ? [] : [cRLDistributionPoints(points)]),
    ...(access.ocsp.length + access.caIssuers.length === 0 ? [] : [authorityInfoAccess(access)]),
    ...(points.length === 0 || deltas.length === 0 ? [] : [freshestCRL(deltas)]),
  ]
}

export const isOpen = (shard: CurrentShard | undefined): boolean => shard?.full() !== true

const isKnown = (url: string | undefined): url is string => url !== undefined

/** Where relying parties find an authority's cross-certificate by another. */
export const crossCertificateUrl = (publicUrl: string, subject: AuthorityId, issuer: AuthorityId): string =>
  `${publicUrl}/ca/${subject}-by-${issuer}.cer`

/** The authority's certificate, then its issuers', root last; those outside this installation too. */
export async function chainOf(
  ports: Pick<Ports, 'store'>,
  authority: Authority,
): Promise<readonly Uint8Array[]> {
  const chain: Uint8Array[] = []
  for (let at: Authority | undefined = authority; at?.certificate !== undefined;) {
    chain.push(at.certificate.der)
    if (at.parent !== undefined) at = await ports.store.reads.authorities.public(at.parent)
    else return at.externalChain === undefined ? chain : [...chain, ...certificatesIn(at.externalChain)]
  }
  return chain
}
