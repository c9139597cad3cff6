import type { Authority } from '../../domain/authorities.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { certificateIdOf } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'

/**
 * Refuses an authority when its certificate, or one above it, is revoked: nothing that it issued would verify.
 * @throws state_conflict naming the authority whose certificate it is
 */
export async function refuseRevoked(ports: Pick<Ports, 'store'>, authority: Authority): Promise<void> {
  const { authorities, certificates } = ports.store.reads
  for (let at: Authority | undefined = authority; at?.certificate !== undefined;) {
    const id = certificateIdOf(at.parent ?? at.id, at.certificate.serial)
    if ((await certificates.get(at, id))?.revocation !== undefined)
      throw new ChanceryError(
        'state_conflict',
        `authority: “${authority.name}” can’t issue, since the certificate of “${at.name}” is revoked; create another authority`,
        { details: { status: 'REVOKED' } },
      )
    at = at.parent === undefined ? undefined : await authorities.public(at.parent)
  }
}
