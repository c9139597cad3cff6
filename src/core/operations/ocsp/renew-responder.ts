import { type Principal, systemActor } from '../../domain/access.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError, StoreConflict } from '../../domain/errors.ts'
import { DEFAULT_GLOBAL_REGION, serialOf, SYSTEM_ACCOUNT, type KeyId } from '../../domain/ids.ts'
import { keyAlgorithmInfo, type KeyAlgorithm } from '../../domain/key-algorithms.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { KmsName } from '../../domain/kms.ts'
import { RESPONDER_BACKDATE, responderLife } from '../../domain/ocsp.ts'
import { isoOf, SECOND, wholeSecond, type Millis } from '../../domain/time.ts'
import { responderExtensions, responderName } from '../../x509/responder-certificate.ts'
import type { OcspResponder } from '../../ports/ocsp-store.ts'
import type { Ports } from '../../ports/ports.ts'
import type { SigningAuthority } from '../authorities/signing-authority.ts'
import { signRecorded } from '../certificates/sign-recorded.ts'
import { newSerial, newUuid } from '../new-ids.ts'

export type ResponderPorts = Pick<
  Ports,
  'store' | 'vault' | 'verifier' | 'random' | 'calendar' | 'clock' | 'settings' | 'logger'
>

/** What stands as the profile of a responder's certificate. */
const PROFILE = 'ocsp-responder'
/** No tenant's: it is in nobody's list of certificates. */
const OWNER = { account: SYSTEM_ACCOUNT, region: DEFAULT_GLOBAL_REGION }
/** How long a server may take to make one before another tries. */
const LEASE = 30 * SECOND

/**
 * A new key and certificate for whoever answers for an authority; the key before it is destroyed in the transaction that
 * publishes the new certificate. Answers that it signed go on verifying.
 * @param before what stands now
 * @param until when it ends; some days from now when absent, never after the authority's chain
 * @throws state_conflict when the authority's chain has ended; unavailable while another server makes one, or the calendar
 * stands before the chain; kms_unavailable
 */
export async function renewResponder(
  ports: ResponderPorts,
  issuer: SigningAuthority,
  before: OcspResponder | undefined,
  until?: Millis,
): Promise<void> {
  const now = ports.calendar.now()
  if (issuer.facts.notAfter <= now)
    throw new ChanceryError(
      'state_conflict',
      `authority: “${issuer.authority.name}” ended at ${isoOf(issuer.facts.notAfter)}; nobody can answer for it`,
    )
  if (now < issuer.facts.notBefore)
    throw new ChanceryError(
      'unavailable',
      `authority: “${issuer.authority.name}” isn’t valid before ${isoOf(issuer.facts.notBefore)}`,
    )
  const lease = `ocsp/${issuer.id}`
  const owner = newUuid(ports.random, now)
  await take(ports, lease, owner)
  try {
    // Another server may have been quicker, and is done already.
    if ((await ports.store.reads.ocsp.responder(issuer.id))?.serial !== before?.serial) return
    await issue(ports, issuer, before, until)
  } finally {
    await ports.store.transact((writes) => [writes.leases.release(lease, owner)])
  }
}

async function take(ports: Pick<Ports, 'store' | 'clock'>, lease: string, owner: string): Promise<void> {
  const now = ports.clock.now()
  try {
    await ports.store.transact((writes) => [writes.leases.take(lease, owner, now, now + LEASE)])
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error
    throw new ChanceryError('unavailable', 'Another server makes the responder’s certificate just now', {
      retryAfterSeconds: 1,
      cause: error,
    })
  }
}

async function issue(
  ports: ResponderPorts,
  issuer: SigningAuthority,
  before: OcspResponder | undefined,
  until: Millis | undefined,
): Promise<void> {
  const { authority, facts } = issuer
  const now = ports.calendar.now()
  const ends = until ?? now + responderLife(authority.revocation.ocsp.hours)
  const key = await ports.vault.generate(
    responderKeyAlgorithm(authority.keyAlgorithm),
    { ...OWNER, id: newUuid(ports.random, now) as KeyId, purpose: 'responder' },
    issuer.key.provider as KmsName,
  )
  const serial = newSerial(ports.random)
  const responder = { authority: issuer.id, serial: serialOf(serial), key: key.id }
  try {
    await signRecorded(ports, principalFor(authority), {
      draft: {
        serial,
        signatureAlgorithm: authority.signatureAlgorithm,
        issuer: facts.subject,
        notBefore: Math.max(wholeSecond(now) - RESPONDER_BACKDATE, facts.notBefore),
        notAfter: Math.min(wholeSecond(ends), facts.notAfter),
        subject: responderName(facts),
        spki: key.spki,
        extensions: responderExtensions(facts, key.spki, issuer.keyIdentifier),
      },
      lint: { kind: 'leaf', now, issuer: facts, requireSubjectAltName: false },
      owner: OWNER,
      issuerPlace: authority,
      // In no shard: nobody looks for it in a CRL.
      issuer: { ...issuer, shard: undefined },
      names: [],
      profile: PROFILE,
      subjectKey: key.id,
      issuedAt: now,
      alsoRecord: (writes) => [writes.keys.add(key)],
      alsoPublish: (writes) => [
        writes.ocspResponders.replace(responder, before?.serial, now),
        ...(before === undefined ? [] : [writes.keys.destroy(before.key)]),
      ],
    })
  } catch (error) {
    await dropped(ports, key)
    throw error
  }
}

/** Nobody will sign with it. */
async function dropped(ports: Pick<Ports, 'store' | 'logger'>, { id }: StoredKey): Promise<void> {
  try {
    await ports.store.transact((writes) => [writes.keys.destroy(id)])
  } catch (error) {
    // It wasn't even recorded.
    if (error instanceof StoreConflict) return
    ports.logger.error({ err: error, key: id }, 'could not destroy the key of a responder that was not made')
  }
}

/**
 * Whoever verifies the authority's certificates must be able to verify its answers: the same kind of key. Of RSA the
 * smallest, which signs ten times as fast as the largest; it is replaced within days.
 */
const responderKeyAlgorithm = (algorithm: KeyAlgorithm): KeyAlgorithm =>
  keyAlgorithmInfo(algorithm).family === 'RSA' ? 'RSA_2048' : algorithm

const principalFor = (authority: Authority): Principal => systemActor('ocsp-responder', authority)
