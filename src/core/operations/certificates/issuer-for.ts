import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Template } from '../../domain/templates.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { selfSigningRoot } from '../authorities/self-signing-root.ts'
import { findAuthority, signingAuthority, type SigningAuthority } from '../authorities/signing-authority.ts'
import { reachSigner } from '../sharing/reach-authority.ts'

/** Who signs. For a root that certifies itself there is nothing above it: no facts, no certificate, no limit of time. */
export type Issuer = Pick<
  SigningAuthority,
  'authority' | 'id' | 'key' | 'verificationKey' | 'chain' | 'subjects' | 'extensions' | 'shard' | 'lent'
> & {
  readonly [Member in 'facts' | 'certificateDer' | 'validity']: SigningAuthority[Member] | undefined
}

type IssuingPorts = Pick<Ports, 'store' | 'verifier' | 'settings' | 'random' | 'calendar'>

/**
 * The authority that issues a certificate of the kind: one that can issue, also one that another account shares, or a root itself for its own certificate,
 * also for the first one, while it waits for that.
 * @throws not_found, state_conflict when it can't issue, or when it is to certify itself and is no root
 */
export const issuerFor = (
  ports: IssuingPorts,
  principal: Principal,
  reference: string | undefined,
  kind: Template['kind'],
  now: Millis,
): Promise<Issuer> =>
  kind === 'root' ? itself(ports, principal, reference, now) : reachSigner(ports, principal, reference, now)

const NOTHING_ABOVE = {
  facts: undefined,
  certificateDer: undefined,
  validity: undefined,
  chain: [],
  extensions: [],
  shard: undefined,
} as const

async function itself(
  ports: IssuingPorts,
  place: Place,
  reference: string | undefined,
  now: Millis,
): Promise<Issuer> {
  const { id, name, kind, status } = await findAuthority(ports, place, reference)
  if (kind !== 'root')
    throw new ChanceryError(
      'state_conflict',
      `authority: “${name}” is no root, and only a root certifies itself`,
    )
  if (status !== 'PENDING_CERTIFICATE')
    return { ...(await signingAuthority(ports, place, id, now)), ...NOTHING_ABOVE }
  const { authority, csr, issuer } = await selfSigningRoot(ports, place, id, now)
  return { authority, ...issuer, subjects: [csr.subject], ...NOTHING_ABOVE }
}
