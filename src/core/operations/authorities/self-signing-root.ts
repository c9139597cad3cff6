import type { Authority } from '../../domain/authorities.ts'
import { requireTransition } from '../../domain/authority-life-cycle.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { StoredKey } from '../../domain/keys.ts'
import type { Millis } from '../../domain/time.ts'
import { parseCsr } from '../../x509/csr.ts'
import type { CertificationRequest } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import type { SigningOrder } from '../certificates/sign-recorded.ts'
import { findAuthority } from './signing-authority.ts'

/** A root that waits for its certificate, as the issuer of exactly that. */
export type SelfSigningRoot = {
  readonly authority: Authority
  readonly key: StoredKey
  /** The only request that it may sign: the subject and the key in it are its own. */
  readonly csr: CertificationRequest
  /** For `signRecorded`; a root's certificate has no issuer above it. */
  readonly issuer: SigningOrder['issuer']
}

/**
 * A root in PENDING_CERTIFICATE, ready to sign its own certificate, which is then imported like any other. Whoever
 * issues compares the request that was sent with `csr`: any other one gets nothing from an authority that isn't active.
 * @throws not_found, state_conflict
 */
export async function selfSigningRoot(
  ports: Pick<Ports, 'store' | 'verifier'>,
  place: Place,
  reference: string,
  now: Millis,
): Promise<SelfSigningRoot> {
  const authority = await findAuthority(ports, place, reference)
  requireTransition(authority, 'selfSign', now)
  const key = await ports.store.reads.keys.get(authority.key)
  if (key === undefined || authority.csrDer === undefined)
    throw new ChanceryError('internal', 'the authority’s key is not in the database')
  return {
    authority,
    key,
    csr: parseCsr(authority.csrDer, 'csr'),
    issuer: {
      id: authority.id,
      key,
      verificationKey: ports.verifier.load(key.spki, 'authority'),
      certificateDer: undefined,
    },
  }
}
