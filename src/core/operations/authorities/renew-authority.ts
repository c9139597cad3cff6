import { systemActor, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { authorityProfile, authorityStatus, type Authority } from '../../domain/authorities.ts'
import { SHORT_LIVED_DAYS } from '../../domain/usage-modes.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { serialOf, SYSTEM_ACCOUNT, type AuthorityId } from '../../domain/ids.ts'
import { DEFAULT_LEAF_DAYS } from '../../domain/profiles.ts'
import { DAY, isoOf, type Millis } from '../../domain/time.ts'
import { validityFrom, type ValidityRequest } from '../../domain/validity.ts'
import type { Ports } from '../../ports/ports.ts'
import { authorizeOnAuthority } from './authorize-authority.ts'
import { idempotently, type Once } from '../idempotency.ts'
import { newUuid } from '../new-ids.ts'
import { certifyAgain } from './certify-again.ts'
import { findAuthority, issuingAuthority, signingAuthority } from './signing-authority.ts'

export type RenewAuthorityRequest = {
  readonly reference: string
  /** As long as the certificate that it replaces when absent, as far as the parent lasts. */
  readonly validity?: ValidityRequest
}

type Certified = Authority & { readonly certificate: NonNullable<Authority['certificate']> }

/**
 * A new certificate for an authority's key: from its parent, or from itself for a root. What it issued goes on
 * verifying: name and key stay.
 * @throws not_found; state_conflict when it has no certificate, was signed outside, or its parent can't issue;
 * request_invalid for a validity beyond the parent's
 */
export async function renewAuthority(
  ports: Ports,
  principal: Principal,
  request: RenewAuthorityRequest & Once,
): Promise<Authority> {
  await authorizeOnAuthority(ports, principal, 'chancery:RenewCertificateAuthority', request.reference)
  const named = await findAuthority(ports, principal, request.reference)
  return idempotently(ports, principal, request.idempotency, {
    operation: 'RenewCertificateAuthority',
    attempt: async (remember) => {
      const authority = renewable(named, ports.calendar.now())
      if (authority.parent !== undefined)
        await authorizeOnAuthority(ports, principal, 'acm-pca:IssueCertificate', authority.parent)
      return renewUnder(ports, principal, authority, authority.parent, request.validity, (writes) =>
        remember(writes, named.id),
      )
    },
    replay: () => Promise.resolve(named),
  })
}

/** @throws state_conflict saying what to do instead */
function renewable(authority: Authority, now: Millis): Certified {
  const { certificate } = authority
  const status = authorityStatus(authority, now)
  if (certificate === undefined || !['ACTIVE', 'DISABLED', 'EXPIRED'].includes(status))
    throw new ChanceryError(
      'state_conflict',
      `authority: “${authority.name}” is ${status} and has no certificate to renew`,
      {
        details: { status },
      },
    )
  if (authority.kind === 'subordinate' && authority.parent === undefined)
    throw new ChanceryError(
      'state_conflict',
      `authority: “${authority.name}” was certified outside; have its CSR signed there again and import the certificate`,
    )
  return { ...authority, certificate }
}

/**
 * Certifies an authority's key by another parent, or the same one, and makes that its certificate. `alsoPublish` gets
 * the new serial.
 */
export async function renewUnder(
  ports: Ports,
  principal: Principal,
  authority: Certified,
  parent: AuthorityId | undefined,
  validity?: ValidityRequest,
  alsoPublish: Parameters<typeof certifyAgain>[2]['alsoPublish'] = () => [],
): Promise<Authority> {
  const now = ports.calendar.now()
  const issuer =
    parent === undefined
      ? await selfSigner(ports, authority)
      : await signingAuthority(ports, authority, parent, now)
  const { notBefore, notAfter } = authority.certificate
  const days = Math.max(1, Math.round((notAfter - notBefore) / DAY))
  const allowed = 'facts' in issuer ? issuer.validity : undefined
  const settled = validityFrom(validity, days, now, allowed)
  const time = ports.clock.now()
  const event = auditEvent('RenewCertificateAuthority', principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(authority, authority.id)],
    request: { notAfter: isoOf(settled.notAfter), ...(parent === undefined ? {} : { issuer: parent }) },
  })
  const made = (der: Uint8Array, serial: Uint8Array) => ({
    der,
    serial: serialOf(serial),
    notBefore: settled.notBefore,
    notAfter: settled.notAfter,
  })
  const issuerId = 'facts' in issuer ? issuer.id : undefined
  try {
    const { der, serial } = await certifyAgain(ports, principal, {
      certificateDer: authority.certificate.der,
      kind: authority.kind,
      owner: authority,
      issuer,
      validity: settled,
      profile: authorityProfile(authority.kind),
      warnings: settled.clamped ? ['validity_clamped: ends when its issuer ends'] : [],
      alsoPublish: (writes, certificateDer, octets) => [
        writes.authorities.recertify(authority.id, authority.certificate.serial, {
          ...made(certificateDer, octets),
          parent: issuerId,
        }),
        ...alsoPublish(writes, certificateDer, octets),
        writes.audit.append(event),
      ],
    })
    return {
      ...authority,
      parent: issuerId,
      certificate: { der, serial, notBefore: settled.notBefore, notAfter: settled.notAfter },
    }
  } catch (error) {
    if (error instanceof StoreConflict && error.subject === 'authorities.recertify')
      throw new ChanceryError(
        'state_conflict',
        'authority: somebody else renewed it just now; read it again',
        {
          cause: error,
        },
      )
    throw error
  }
}

async function selfSigner(ports: Ports, authority: Authority) {
  const { id, key, verificationKey } = await issuingAuthority(ports, authority.id)
  return { id, key, verificationKey, signatureAlgorithm: authority.signatureAlgorithm }
}

/**
 * When an authority must be renewed: its longest usual leaf and a month before its end, so that no leaf is cut short.
 * One that lasts hardly longer than that at all is renewed in the last third of its life.
 */
export function authorityRenewalAt({ certificate, usageMode }: Authority): Millis | undefined {
  if (certificate === undefined) return undefined
  const leaf = usageMode === 'SHORT_LIVED_CERTIFICATE' ? SHORT_LIVED_DAYS : DEFAULT_LEAF_DAYS
  const life = certificate.notAfter - certificate.notBefore
  return certificate.notAfter - Math.min((leaf + 30) * DAY, life / 3)
}

/**
 * Renews what is due and can be; what can't be is in the log each time, with the reason and the cure. Authorities of
 * the listener look after themselves.
 */
export async function renewDueAuthorities(ports: Ports): Promise<{ renewed: number; ending: number }> {
  const now = ports.calendar.now()
  let renewed = 0
  let ending = 0
  for (const authority of await ports.store.reads.authorities.all()) {
    const due = authorityRenewalAt(authority)
    if (
      authority.account === SYSTEM_ACCOUNT ||
      authority.status !== 'ACTIVE' ||
      due === undefined ||
      now < due
    )
      continue
    if (authority.successor !== undefined) continue
    const why = await tryRenewal(ports, authority)
    if (why === undefined) renewed++
    else {
      ending++
      const ends = isoOf(authority.certificate?.notAfter ?? 0)
      ports.logger.warn(
        { authority: authority.id, name: authority.name, notAfter: ends },
        `authority “${authority.name}” ends at ${ends}: ${why}`,
      )
    }
  }
  return { renewed, ending }
}

/** @returns why it wasn't renewed */
async function tryRenewal(ports: Ports, authority: Authority): Promise<string | undefined> {
  if (authority.kind === 'root')
    return 'a root is not renewed by itself, since clients must come to trust the new one; rotate it'
  if (authority.renewal === 'MANUAL') return 'its renewal is MANUAL; renew or rotate it'
  const principal = systemActor('renewal', authority)
  const parent =
    authority.parent === undefined ? undefined : await ports.store.reads.authorities.public(authority.parent)
  const ends = authority.certificate?.notAfter ?? 0
  // What gains less than a day would be due again at once.
  if (parent?.certificate !== undefined && parent.certificate.notAfter < ends + DAY)
    return `its parent “${parent.name}” ends at ${isoOf(parent.certificate.notAfter)}; rotate that one first`
  try {
    await renewAuthority(ports, principal, { reference: authority.id })
    return undefined
  } catch (error) {
    if (error instanceof ChanceryError) return error.message
    throw error
  }
}
