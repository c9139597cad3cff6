import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { authorityStatus, CROSS_PROFILE, type Authority } from '../../domain/authorities.ts'
import type { Certificate } from '../../domain/certificates.ts'
import { certificateStatus } from '../../domain/certificates.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { certificateIdOf, serialOf, type AuthorityId } from '../../domain/ids.ts'
import { DAY, isoOf, type Millis } from '../../domain/time.ts'
import { validityFrom, type ValidityRequest } from '../../domain/validity.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { certifyAgain } from './certify-again.ts'
import { refuseRevoked } from './refuse-revoked.ts'
import { chainOf, findAuthority, issuingAuthority, type SigningAuthority } from './signing-authority.ts'

export type CrossSignRequest = {
  /** Whose key gets the certificate: id, name or ARN. */
  readonly subject: string
  /** Who signs it. */
  readonly issuer: string
  /** As long as both last when absent. */
  readonly validity?: ValidityRequest
}

type CrossCertificate = { readonly subject: AuthorityId; readonly certificate: Certificate }

/**
 * A certificate for one authority's key by another, so that those who trust the one can verify what the other issued
 * (a cross-certificate, RFC 5280 §3.2).
 * @throws not_found; request_invalid; state_conflict when the issuer can't sign authorities; lint_failed
 */
export async function crossSignAuthority(
  ports: Ports,
  principal: Principal,
  { idempotency, ...request }: CrossSignRequest & Once,
): Promise<CrossCertificate> {
  await authorizeOnAuthority(ports, principal, 'chancery:CrossSignCertificateAuthority', request.subject)
  const subject = await findAuthority(ports, principal, request.subject)
  return idempotently(ports, principal, idempotency, {
    operation: 'CrossSignCertificateAuthority',
    attempt: (remember) => crossSign(ports, principal, subject, request, remember),
    replay: async (made) => {
      const all = await ports.store.reads.crossCertificates.of(subject.id)
      const found = all.find(
        ({ certificate: { authority, serial } }) => certificateIdOf(authority, serial) === made,
      )
      return { subject: subject.id, certificate: stillThere(found).certificate }
    },
  })
}

async function crossSign(
  ports: Ports,
  principal: Principal,
  subject: Authority,
  request: CrossSignRequest,
  remember: Remember,
): Promise<CrossCertificate> {
  const now = ports.calendar.now()
  const issuer = await crossSigner(ports, principal, request.issuer, now)
  await authorizeOnAuthority(ports, principal, 'acm-pca:IssueCertificate', issuer.id)
  refuseOwnIssuer(subject, issuer)
  const own = subject.certificate
  if (own === undefined)
    throw new ChanceryError('state_conflict', `authority: “${subject.name}” has no certificate yet`)
  const { notAfter, longestDays = Number.POSITIVE_INFINITY } = issuer.validity
  const sooner = { notAfter: Math.min(own.notAfter, notAfter, now + longestDays * DAY) }
  const validity = validityFrom(request.validity ?? sooner, 1, now, issuer.validity)
  const time = ports.clock.now()
  const event = auditEvent('CrossSignCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, subject.id), arns.authority(principal, issuer.id)],
    request: { notAfter: isoOf(validity.notAfter) },
  })
  const certificate = await certifyAgain(ports, principal, {
    certificateDer: own.der,
    kind: 'subordinate',
    owner: subject,
    issuer,
    validity,
    profile: CROSS_PROFILE,
    alsoPublish: (writes, _, serial) => [
      writes.crossCertificates.add({
        issuer: issuer.id,
        serial: serialOf(serial),
        subject: subject.id,
        createdAt: now,
      }),
      ...remember(writes, certificateIdOf(issuer.id, serialOf(serial))),
      writes.audit.append(event),
    ],
  })
  return { subject: subject.id, certificate }
}

/** The very authority that is named: its successor would sign for itself. */
async function crossSigner(
  ports: Ports,
  principal: Principal,
  reference: string,
  now: Millis,
): Promise<SigningAuthority> {
  const authority = await findAuthority(ports, principal, reference)
  const status = authorityStatus(authority, now)
  if (status !== 'ACTIVE')
    throw new ChanceryError('state_conflict', `issuer: “${authority.name}” is ${status} and can’t issue`, {
      details: { status },
    })
  await refuseRevoked(ports, authority)
  const issuer = await issuingAuthority(ports, authority.id)
  if (!maySignAuthorities(issuer))
    throw new ChanceryError(
      'state_conflict',
      `issuer: the path length of “${authority.name}” allows no further authority below it`,
    )
  return issuer
}

/** Whether the chain's path lengths allow another authority below this one (RFC 5280 §4.2.1.9). */
export const maySignAuthorities = ({ facts }: Pick<SigningAuthority, 'facts'>): boolean =>
  facts.pathLength >= 1

function refuseOwnIssuer(subject: Authority, issuer: SigningAuthority): void {
  const refusal = (message: string) =>
    refuse('request_invalid', [{ code: 'cross_issuer', field: 'issuer', message }])
  if (subject.id === issuer.id) refusal('must be another authority than the one that is certified')
  if (subject.parent === issuer.id) refusal('is its parent already; renew it instead')
}

/** The cross-certificates for an authority's key, newest first. @throws not_found */
export async function listCrossCertificates(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<{ readonly subject: AuthorityId; readonly certificates: readonly Certificate[] }> {
  await authorizeOnAuthority(ports, principal, 'acm-pca:DescribeCertificateAuthority', reference)
  const authority = await findAuthority(ports, principal, reference)
  const found = await ports.store.reads.crossCertificates.of(authority.id)
  return { subject: authority.id, certificates: found.map(({ certificate }) => certificate) }
}

/** The cross-certificate for one authority's key by another that is valid now; undefined when there is none. */
export async function crossCertificate(
  ports: Pick<Ports, 'store' | 'calendar'>,
  subject: AuthorityId,
  issuer: AuthorityId,
): Promise<Certificate | undefined> {
  return (await validCrossCertificates(ports, subject)).find(({ authority }) => authority === issuer)
}

/** The cross-certificates for an authority's key that are valid now, newest first. */
export async function validCrossCertificates(
  ports: Pick<Ports, 'store' | 'calendar'>,
  subject: AuthorityId,
): Promise<readonly Certificate[]> {
  const now = ports.calendar.now()
  const found = await ports.store.reads.crossCertificates.of(subject)
  return found.flatMap(({ certificate }) =>
    certificateStatus(certificate, now) === 'valid' ? [certificate] : [],
  )
}

/**
 * An authority's certificate with its issuers up to `anchor`: for clients that trust another root than the authority's
 * own, over cross-certificates. Its own chain where that ends there, or no anchor is named.
 * @throws not_found for the anchor; state_conflict when no chain leads there
 */
export async function chainTo(
  ports: Pick<Ports, 'store' | 'calendar'>,
  principal: Principal,
  authority: Authority,
  reference: string | undefined,
): Promise<readonly Uint8Array[]> {
  if (reference === undefined) return chainOf(ports, authority)
  const anchor = await findAuthority(ports, principal, reference)
  const below: Uint8Array[] = []
  for (let at: Authority | undefined = authority; at?.certificate !== undefined;) {
    if (at.id === anchor.id) return [...below, at.certificate.der]
    const cross = await crossCertificate(ports, at.id, anchor.id)
    if (cross !== undefined) return [...below, cross.der, ...(await chainOf(ports, anchor))]
    below.push(at.certificate.der)
    at = at.parent === undefined ? undefined : await ports.store.reads.authorities.public(at.parent)
  }
  throw new ChanceryError(
    'state_conflict',
    `anchor: no chain leads from “${authority.name}” to “${anchor.name}”; cross-sign one of its authorities by that one`,
  )
}
