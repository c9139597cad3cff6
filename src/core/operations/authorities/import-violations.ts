import { ChanceryError, type Violation } from '../../domain/errors.ts'
import type { RevocationWishes } from '../../domain/revocation-configuration.ts'
import { sameOctets } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { MAX_CRL_NUMBER } from '../../x509/crl-number.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'
import { nameViolations, wishViolations } from './authority-violations.ts'

/** What is wrong with a request to import an authority, besides its key and its certificate. */
export function importViolations(request: {
  readonly name: string
  readonly revocation?: RevocationWishes
  readonly crlNumber?: bigint
}): Violation[] {
  const { name, revocation, crlNumber } = request
  const violations = [...nameViolations(name), ...wishViolations(revocation)]
  if (crlNumber !== undefined && (crlNumber < 0n || crlNumber > MAX_CRL_NUMBER))
    violations.push({
      code: 'crl_number',
      field: 'crlNumber',
      message: `must be a whole number from 0 to ${MAX_CRL_NUMBER}`,
    })
  return violations
}

/**
 * Two authorities with one key and one name would publish CRLs under one name, each without what the other revoked.
 * @throws already_exists with `details.authority`
 */
export async function refuseKnownKey(
  ports: Pick<Ports, 'store'>,
  { account, region }: Place,
  { der, publicKey }: ParsedCertificate,
): Promise<void> {
  for (const authority of await ports.store.reads.authorities.all()) {
    const { certificate, deletion } = authority
    const elsewhere = authority.account !== account || authority.region !== region
    if (elsewhere || certificate === undefined || deletion?.purgedAt !== undefined) continue
    if (!sameOctets(parseCertificate(certificate.der, 'authority').publicKey.spki, publicKey.spki)) continue
    const same = sameOctets(certificate.der, der)
    throw new ChanceryError(
      'already_exists',
      same
        ? `This authority is here already, as “${authority.name}”`
        : `This key is here already, as that of “${authority.name}”; give that one the other certificate`,
      { details: { authority: authority.id, sameCertificate: same } },
    )
  }
}
