import { ChanceryError } from '../../domain/errors.ts'
import type { Template } from '../../domain/templates.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { signingAuthority, type SigningAuthority } from '../authorities/signing-authority.ts'

/** Who signs. For a root that signs itself there is nothing above: no facts, no certificate, no chain. */
export type Issuer = Omit<SigningAuthority, 'facts' | 'certificateDer'> & {
  readonly facts: SigningAuthority['facts'] | undefined
  readonly certificateDer: Uint8Array | undefined
}

/**
 * The authority that issues a certificate of the kind: one that can issue, or the root itself for its own certificate.
 * @throws not_found, state_conflict when it can't issue, or when it is to certify itself and is no root
 */
export async function issuerFor(
  ports: Pick<Ports, 'store' | 'verifier' | 'settings'>,
  place: Place,
  reference: string | undefined,
  kind: Template['kind'],
  now: Millis,
): Promise<Issuer> {
  const signing = await signingAuthority(ports, place, reference, now)
  if (kind !== 'root') return signing
  if (signing.authority.kind !== 'root')
    throw new ChanceryError(
      'state_conflict',
      `authority: “${signing.authority.name}” is no root, and only a root certifies itself`,
    )
  return { ...signing, facts: undefined, certificateDer: undefined, chain: [], extensions: [] }
}
