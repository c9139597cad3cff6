import { certifierOf, type Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'
import { spkiHashOf } from '../keys/refuse-compromised.ts'

/**
 * Refuses an authority when its certificate, or one above it, is revoked, or the key of either marked compromised:
 * nothing that it issued would verify, or could be trusted. A root's certificate can't be revoked; its key can be marked.
 * @throws state_conflict naming the authority whose certificate or key it is
 */
export async function refuseRevoked(ports: Pick<Ports, 'store'>, authority: Authority): Promise<void> {
  const { authorities, certificates } = ports.store.reads
  for (let at: Authority | undefined = authority; at?.certificate !== undefined;) {
    const certifier = certifierOf(at)
    const id = certifier === undefined ? undefined : certificateIdOf(certifier, at.certificate.serial)
    if (id !== undefined && (await certificates.get(at, id))?.revocation !== undefined)
      throw new ChanceryError(
        'state_conflict',
        `authority: “${authority.name}” can’t issue, since the certificate of “${at.name}” is revoked; create another authority`,
        { details: { status: 'REVOKED' } },
      )
    if (await hasCompromisedKey(ports, at))
      throw new ChanceryError(
        'state_conflict',
        `authority: “${authority.name}” can’t issue, since the key of “${at.name}” is marked compromised; create another authority`,
        { details: { status: 'COMPROMISED' } },
      )
    at = at.parent === undefined ? undefined : await authorities.public(at.parent)
  }
}

async function hasCompromisedKey(
  { store }: Pick<Ports, 'store'>,
  { key, account }: Authority,
): Promise<boolean> {
  const stored = await store.reads.keys.get(key)
  return stored !== undefined && store.reads.compromisedKeys.refuses(account, spkiHashOf(stored.spki))
}
