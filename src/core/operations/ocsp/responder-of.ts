import { transitionOf } from '../../domain/authority-life-cycle.ts'
import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { StoredKey } from '../../domain/keys.ts'
import { SECOND, type Millis } from '../../domain/time.ts'
import { sha1 } from '../../x509/digest.ts'
import { responderCertificates } from '../../x509/ocsp-response.ts'
import { publicKeyBits } from '../../x509/public-keys.ts'
import type { OcspResponder } from '../../ports/ocsp-store.ts'
import type { VerificationKey } from '../../ports/signature-verifier.ts'
import type { Store } from '../../ports/store.ts'
import { issuingAuthority } from '../authorities/signing-authority.ts'
import { cachedAt } from '../generation-cache.ts'
import { renewResponder, type ResponderPorts } from './renew-responder.ts'

/** Who answers for an authority, with everything that is the same in each answer. */
export type Responder = {
  readonly authority: Authority
  readonly key: StoredKey
  readonly verificationKey: VerificationKey
  readonly signatureAlgorithm: SignatureAlgorithm
  /** SHA-1 of its public key. */
  readonly keyHash: Uint8Array
  /** As an answer has them. */
  readonly certificates: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** Whether a signature of its key was verified since it was loaded. */
  proven: boolean
}

const making = new WeakMap<Store, Map<AuthorityId, Promise<void>>>()

/**
 * Who answers for an authority now. One whose certificate isn't valid, because the server slept or somebody set the
 * calendar, is replaced first.
 * @param generation that was read for this request
 * @throws state_conflict when nobody can answer for it; kms_unavailable, unavailable
 */
export async function responderOf(
  ports: ResponderPorts,
  id: AuthorityId,
  now: Millis,
  generation: number,
): Promise<Responder> {
  const known = await loaded(ports, id, generation)
  if (known !== undefined && isValid(known, now)) return known
  await madeOnce(ports, id, now)
  // Another server may have made it: what this turn knew before it isn't good enough.
  const made = await loaded(ports, id, (await ports.store.reads.ocsp.stamp()).generation)
  if (made !== undefined && isValid(made, now)) return made
  throw new ChanceryError('unavailable', 'The responder’s certificate isn’t valid yet', {
    retryAfterSeconds: 1,
  })
}

/** An answer takes at least a second. */
const isValid = (
  { notBefore, notAfter }: Pick<OcspResponder, 'notBefore' | 'notAfter'>,
  now: Millis,
): boolean => notBefore <= now && now + SECOND <= notAfter

/** Requests that come at once wait for the same one. */
function madeOnce(ports: ResponderPorts, id: AuthorityId, now: Millis): Promise<void> {
  const all = making.get(ports.store) ?? new Map<AuthorityId, Promise<void>>()
  making.set(ports.store, all)
  const running = all.get(id)
  if (running !== undefined) return running
  const made = make(ports, id, now).finally(() => all.delete(id))
  all.set(id, made)
  return made
}

async function make(ports: ResponderPorts, id: AuthorityId, now: Millis): Promise<void> {
  const authority = await ports.store.reads.authorities.public(id)
  const obstacle = authority === undefined ? undefined : transitionOf(authority, 'publishCrl', now)
  if (obstacle === undefined || 'refused' in obstacle)
    throw new ChanceryError('state_conflict', `authority: nobody can answer for it: ${obstacle?.refused}`)
  await renewResponder(ports, await issuingAuthority(ports, id), await ports.store.reads.ocsp.responder(id))
}

/** As it stands in the database, whether valid or not; the authority's own key isn't needed, which may be gone. */
const loaded = (ports: ResponderPorts, id: AuthorityId, generation: number): Promise<Responder | undefined> =>
  cachedAt(ports, generation, `ocsp/${id}`, async () => {
    const { reads } = ports.store
    const responder = await reads.ocsp.responder(id)
    const authority = await reads.authorities.public(id)
    const key = responder === undefined ? undefined : await reads.keys.get(responder.key)
    if (responder === undefined || authority === undefined || key === undefined) return undefined
    return {
      authority,
      key,
      verificationKey: ports.verifier.load(key.spki, 'responder'),
      signatureAlgorithm: authority.signatureAlgorithm,
      keyHash: sha1(publicKeyBits(key.spki)),
      certificates: responderCertificates([responder.certificateDer]),
      notBefore: responder.notBefore,
      notAfter: responder.notAfter,
      proven: false,
    }
  })
