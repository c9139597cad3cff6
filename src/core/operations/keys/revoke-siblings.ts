import { type Principal, systemActor } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import type { Authority } from '../../domain/authorities.ts'
import { issuerPlaceOf, type Certificate } from '../../domain/certificates.ts'
import type { CompromisedKey, SpkiHash } from '../../domain/compromised-keys.ts'
import { StoreConflict } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { RevocationReason } from '../../domain/revocation.ts'
import { parseCertificate, parseTbs } from '../../x509/certificate.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { decodedFrom } from '../../x509/lint-rules/decoded.ts'
import type { Ports } from '../../ports/ports.ts'
import { toldOfRevocation } from '../events/told-of-revocation.ts'
import { eventsFor } from '../events-for.ts'
import { newUuid } from '../new-ids.ts'
import { publishChangedCrls } from '../revocation/publish-due-crls.ts'
import { spkiHashOf } from './refuse-compromised.ts'

/** What a mark has done so far. */
export type Sweep = {
  /** Certificates that this sweep revoked. */
  readonly revoked: readonly Certificate[]
  /** Authorities whose own key it is: disabled, now or before. */
  readonly authorities: readonly Authority[]
  /** Whether nothing is left to revoke and the CRLs are out. */
  readonly complete: boolean
}

/** Rows read, and revoked side by side, in one go. */
const PAGE = 100

/**
 * Revokes what was certified for a compromised key, at most `limit` certificates, each in a transaction of its own with
 * its audit event; disables authorities that have the key; publishes the CRLs. Derived from rows alone: whatever stops
 * it, the next sweep goes on. Certificates being signed meanwhile aren't left behind: until they are there or
 * abandoned, the sweep isn't complete.
 */
export async function revokeSiblings(
  ports: Ports,
  key: CompromisedKey,
  authorities: ReadonlyMap<SpkiHash, readonly Authority[]>,
  limit = Number.POSITIVE_INFINITY,
): Promise<Sweep> {
  const scope = key.everywhere ? undefined : key.account
  const affected = (authorities.get(key.spki) ?? []).filter(
    ({ account }) => scope === undefined || account === scope,
  )
  for (const authority of affected) await disable(ports, authority)
  const revoked: Certificate[] = []
  let complete = !(await someAreWithoutHash(ports))
  for (let after = 0; ;) {
    const { certificates } = ports.store.reads
    const page = await certificates.withKey(key.spki, scope, ports.calendar.now(), after, PAGE)
    const siblings = page.filter(({ certificate }) => isOf(certificate, key.spki))
    if (siblings.some(({ certificate }) => certificate.state === 'signing')) complete = false
    const done = await Promise.all(siblings.map(({ certificate }) => revoke(ports, certificate)))
    revoked.push(...done.filter((each) => each !== undefined))
    after = page.at(-1)?.row ?? after
    if (page.length < PAGE) break
    if (revoked.length >= limit) {
      complete = false
      break
    }
  }
  const published = await publishAll(ports, new Set(revoked.map(({ authority }) => authority)))
  return { revoked, authorities: affected, complete: complete && published }
}

/** The authorities of the installation by the hash of their keys. */
export async function authoritiesByKey(
  ports: Pick<Ports, 'store'>,
): Promise<ReadonlyMap<SpkiHash, readonly Authority[]>> {
  const found = new Map<SpkiHash, Authority[]>()
  for (const authority of await ports.store.reads.authorities.all()) {
    const key = await ports.store.reads.keys.get(authority.key)
    if (key === undefined) continue
    const spki = spkiHashOf(key.spki)
    found.set(spki, [...(found.get(spki) ?? []), authority])
  }
  return found
}

const someAreWithoutHash = async ({ store }: Pick<Ports, 'store'>): Promise<boolean> =>
  (await store.reads.certificates.withoutKeyHash(1)).length > 0

/** The index has 48 bits of the hash; the rest is looked at here. */
const isOf = ({ state, der }: Certificate, spki: SpkiHash): boolean =>
  spkiHashOf((state === 'issued' ? parseCertificate(der) : parseTbs(der)).publicKey.spki) === spki

/** The installation acting where the certificate or authority is. */
const acting = (place: Pick<Certificate, 'account' | 'region'>): Principal =>
  systemActor('compromised-keys', place)

/** @returns the certificate, when this call revoked it: nothing above a root could say that of it (RFC 5280 §5) */
async function revoke(ports: Ports, certificate: Certificate): Promise<Certificate | undefined> {
  if (certificate.state !== 'issued') return undefined
  const { subject, issuer, extensions } = parseCertificate(certificate.der)
  const isAuthority = decodedFrom(extensions).basicConstraints?.ca === true
  if (isAuthority && sameOctets(subject, issuer)) return undefined
  // RFC 5280 §5.3.1: keyCompromise is for a subject's key, cACompromise for that of an authority.
  const reason: RevocationReason = isAuthority ? 'cACompromise' : 'keyCompromise'
  const { authority, serial } = certificate
  const revokedAt = ports.calendar.now()
  const told = await toldOfRevocation(ports, certificate, reason, revokedAt)
  const place = issuerPlaceOf(certificate)
  const events = eventsFor(ports, 'RevokeCertificate', acting(certificate), certificate.lender, {
    resources: [arns.authority(place, authority), arns.certificate(place, authority, serial)],
    request: { reason },
  })
  try {
    await ports.store.transact((writes) => [
      writes.certificates.revoke(certificate, reason, revokedAt),
      ...told(writes),
      ...events.map((event) => writes.audit.append(event)),
    ])
    return { ...certificate, revocation: { revokedAt, reason } }
  } catch (error) {
    // Somebody else was quicker.
    if (error instanceof StoreConflict) return undefined
    throw error
  }
}

async function disable(ports: Ports, authority: Authority): Promise<void> {
  if (authority.status !== 'ACTIVE') return
  const time = ports.clock.now()
  const event = auditEvent('UpdateCertificateAuthority', acting(authority), {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.authority(authority, authority.id)],
    request: { status: 'DISABLED', because: 'its key is marked compromised' },
  })
  try {
    await ports.store.transact((writes) => [
      writes.authorities.setStatus(authority.id, 'ACTIVE', 'DISABLED'),
      writes.audit.append(event),
    ])
  } catch (error) {
    if (error instanceof StoreConflict) return
    throw error
  }
  ports.vault.forget()
  ports.logger.error(
    { authority: authority.id, name: authority.name },
    'an authority’s key is marked compromised: the authority is disabled; whatever it issued can’t be trusted any more, nor its own certificate where somebody has it as a trust anchor',
  )
}

/** @returns whether all are out; a job goes on with those that aren't */
async function publishAll(ports: Ports, issuers: ReadonlySet<AuthorityId>): Promise<boolean> {
  let all = true
  for (const issuer of issuers)
    try {
      await publishChangedCrls(ports, issuer)
    } catch (error) {
      all = false
      ports.logger.error({ err: error, authority: issuer }, 'could not publish a CRL')
    }
  return all
}

/** Keys looked at in one go, and settled in one transaction. */
const KEYS = 500

/** Goes on with every mark that isn't complete. */
export async function revokeDueSiblings(ports: Ports): Promise<{ revoked: number; settled: number }> {
  let revoked = 0
  let settled = 0
  for (;;) {
    const keys = await ports.store.reads.compromisedKeys.unsettled(KEYS)
    if (keys.length === 0) return { revoked, settled }
    const authorities = await authoritiesByKey(ports)
    const complete: CompromisedKey[] = []
    for (const key of keys) {
      const sweep = await revokeSiblings(ports, key, authorities)
      revoked += sweep.revoked.length
      if (sweep.complete) complete.push(key)
    }
    await settle(ports, complete)
    settled += complete.length
    if (keys.length < KEYS || complete.length === 0) return { revoked, settled }
  }
}

/** Notes that nothing is left to revoke. */
export async function settle(ports: Ports, keys: readonly CompromisedKey[]): Promise<void> {
  const at = ports.calendar.now()
  if (keys.length > 0)
    await ports.store.transact((writes) => keys.map((key) => writes.compromisedKeys.settle(key, at)))
}
