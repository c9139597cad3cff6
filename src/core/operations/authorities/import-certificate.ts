import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent } from '../../domain/audit.ts'
import { certifierOf, type Authority } from '../../domain/authorities.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { ChanceryError, refuse, StoreConflict } from '../../domain/errors.ts'
import { certificateIdOf, serialOf } from '../../domain/ids.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { parseCsr } from '../../x509/csr.ts'
import { sha256 } from '../../x509/digest.ts'
import { nameText } from '../../x509/distinguished-names.ts'
import { decodeBasicConstraints } from '../../x509/extension-decoders.ts'
import { decodeNameConstraints } from '../../x509/name-constraints-extension.ts'
import { OID } from '../../x509/oids.ts'
import { outsideViolations, type ExpectedCertificate } from '../../x509/outside/outside-violations.ts'
import { readOutside, type OutsideCertificate } from '../../x509/outside/read-outside.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Certification } from '../../ports/authority-writes.ts'
import type { Place } from '../../ports/store.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { refuseCompromisedChain } from '../keys/refuse-compromised.ts'
import { newUuid } from '../new-ids.ts'
import { chainOf, findAuthority } from './signing-authority.ts'
import { verifyOutside } from './verify-outside.ts'

export type ImportCertificateRequest = {
  /** Id, name or ARN. */
  readonly reference: string
  /** PEM. */
  readonly certificate: string
  /** PEM, the nearest issuer first, the root last; for a subordinate only. */
  readonly chain?: string
}

/**
 * Gives an authority the certificate that somebody made for its certification request: it becomes active, or, when it
 * had one, goes on with the same key under the new one.
 * @throws not_found, state_conflict; certificate_invalid naming everything that is wrong; lint_failed for a key of the
 * chain that is marked compromised
 */
export async function importAuthorityCertificate(
  ports: Ports,
  principal: Principal,
  request: ImportCertificateRequest,
): Promise<Authority> {
  const { reference } = request
  await authorizeOnAuthority(ports, principal, 'acm-pca:ImportCertificateAuthorityCertificate', reference)
  const now = ports.calendar.now()
  const authority = await findAuthority(ports, principal, reference)
  const to = requireTransition(authority, 'importCertificate', now)
  const outside = readOutside(request.certificate, request.chain)
  refuse('certificate_invalid', outsideViolations(outside, await expectedFor(ports, authority), now))
  await verifyOutside(ports, outside)
  await refuseCompromisedChain(ports, authority.account, outside)
  const certification = await certificationFrom(ports, authority, outside)
  await refuseRevokedCertificate(ports, authority, certification)
  const first = authority.status === 'PENDING_CERTIFICATE'
  // As for those that are certified here: the first subordinate of a place issues when a request names none.
  const isDefault =
    authority.isDefault ||
    (first &&
      authority.kind === 'subordinate' &&
      (await ports.store.reads.authorities.default(principal)) === undefined)
  try {
    await ports.store.transact((writes) => [
      writes.authorities.certify(authority.id, authority.status, to, certification),
      ...(isDefault ? [writes.authorities.makeDefault(principal, authority.id)] : []),
      writes.audit.append(importEvent(ports, principal, authority, outside)),
    ])
  } catch (error) {
    if (error instanceof StoreConflict)
      throw new ChanceryError('state_conflict', 'The authority was changed by somebody else just now', {
        cause: error,
      })
    throw error
  }
  return { ...authority, ...certification, status: to, isDefault }
}

async function expectedFor(ports: Pick<Ports, 'store'>, authority: Authority): Promise<ExpectedCertificate> {
  const { kind, csrDer, certificate } = authority
  const key = await ports.store.reads.keys.get(authority.key)
  if (key === undefined) throw new ChanceryError('internal', 'the authority’s key is not in the database')
  // One that was certified here at once may never have been asked for a request; its name is that of its certificate.
  const { subject } =
    csrDer === undefined ? parseCertificate(certificate?.der ?? new Uint8Array()) : parseCsr(csrDer, 'csr')
  return { kind, subject, spki: key.spki }
}

/** What the certificate says. Its issuers are authorities of this place where they are the very same certificates. */
export async function certificationFrom(
  ports: Pick<Ports, 'store'>,
  place: Place,
  { certificate, chain }: OutsideCertificate,
): Promise<Certification> {
  const extension = (oid: string) => certificate.extensions.find((each) => each.oid === oid)?.value
  const [constraints, permitted] = [extension(OID.basicConstraints), extension(OID.nameConstraints)]
  const parent = await parentWith(
    ports,
    place,
    chain.map(({ der }) => der),
  )
  return {
    parent: parent?.id,
    externalChain:
      parent === undefined && chain.length > 0
        ? new Uint8Array(Buffer.concat(chain.map(({ der }) => der)))
        : undefined,
    pathLength: constraints === undefined ? undefined : decodeBasicConstraints(constraints).pathLength,
    nameConstraints: permitted === undefined ? undefined : shownConstraints(permitted),
    certificate: {
      der: certificate.der.slice(),
      serial: serialOf(withoutSign(certificate.serialOctets)),
      notBefore: certificate.notBefore.time,
      notAfter: certificate.notAfter.time,
    },
  }
}

/** The leading 00 of a DER INTEGER whose first bit is set. */
const withoutSign = (octets: Uint8Array): Uint8Array =>
  octets.length > 1 && octets[0] === 0 ? octets.subarray(1) : octets

/** To be shown; what counts at issuance is the certificate, which may constrain kinds of names that have no text here. */
function shownConstraints(value: Uint8Array): Authority['nameConstraints'] {
  try {
    return decodeNameConstraints(value)
  } catch (error) {
    if (error instanceof ChanceryError) return undefined
    throw error
  }
}

/** The authority of the same place whose certificate and issuers are exactly this chain. */
async function parentWith(
  ports: Pick<Ports, 'store'>,
  { account, region }: Place,
  chain: readonly Uint8Array[],
): Promise<Authority | undefined> {
  for (const each of await ports.store.reads.authorities.all()) {
    const here = each.account === account && each.region === region
    if (!here || each.certificate === undefined || !same(each.certificate.der, chain[0])) continue
    const above = await chainOf(ports, each)
    if (above.length === chain.length && above.every((der, place) => same(der, chain[place]))) return each
  }
  return undefined
}

const same = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && Buffer.compare(one, other) === 0

/** One that was issued here may have been revoked since. @throws certificate_invalid */
async function refuseRevokedCertificate(
  ports: Pick<Ports, 'store'>,
  authority: Authority,
  { parent, certificate }: Certification,
): Promise<void> {
  const certifier = certifierOf({ ...authority, parent })
  if (certifier === undefined) return
  const id = certificateIdOf(certifier, certificate.serial)
  const issued = await ports.store.reads.certificates.get(authority, id)
  if (issued?.revocation === undefined) return
  refuse('certificate_invalid', [
    { code: 'certificate_revoked', field: 'certificate', message: 'was revoked by its issuer' },
  ])
}

function importEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  principal: Principal,
  { id }: Authority,
  { certificate }: OutsideCertificate,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent('ImportCertificateAuthorityCertificate', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(principal, id)],
    request: {
      issuer: nameText(certificate.issuer),
      serial: serialOf(withoutSign(certificate.serialOctets)),
      sha256: Buffer.from(sha256(certificate.der)).toString('hex'),
    },
  })
}
