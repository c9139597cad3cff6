import type { Authority } from '../../domain/authorities.ts'
import { refuse } from '../../domain/errors.ts'
import {
  fitsKey,
  refusedSignature,
  sameOctets,
  signatureAlgorithmOf,
} from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { crlNumberOf } from '../../x509/crl-number.ts'
import { parseCrl, type ParsedCrl } from '../../x509/crl-parser.ts'
import { OID } from '../../x509/oids.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'

export type VerifiedCrl = {
  readonly authority: Authority
  readonly crl: ParsedCrl
  /** Undefined where it has none, as those of old programs. */
  readonly number: bigint | undefined
}

/** RFC 5280 §5.2: what may be critical. Entries are true, also when a CRL is one part of several, or a delta. */
const MAY_BE_CRITICAL: ReadonlySet<string> = new Set([OID.issuingDistributionPoint, OID.deltaCRLIndicator])

/**
 * Reads a CRL and finds out which of the authorities signed it.
 * @param field under which the caller gave it
 * @param accepts `any`: a delta, too, whose entries are as true, though they aren't all
 * @throws request_invalid naming `field`: not a CRL, a delta, of another issuer, a signature that doesn't verify
 */
export async function verifiedCrl(
  ports: Pick<Ports, 'verifier'>,
  authorities: readonly Authority[],
  der: Uint8Array,
  field: string,
  accepts: 'complete' | 'any' = 'complete',
): Promise<VerifiedCrl> {
  const crl = parseCrl(der, field)
  const violation = (code: string, message: string): void =>
    refuse('request_invalid', [{ code, field, message }])
  if (accepts === 'complete' && crl.extensions.some(({ oid }) => oid === OID.deltaCRLIndicator))
    violation('crl_delta', 'is a delta CRL; give the complete one')
  for (const { oid, critical } of crl.extensions)
    if (critical && !MAY_BE_CRITICAL.has(oid))
      violation('crl_critical', `has the unknown critical extension ${oid} (RFC 5280 §5.2)`)
  const number = crlNumberOf(crl, field)
  let named = false
  for (const authority of authorities) {
    if (authority.certificate === undefined) continue
    const issuer = parseCertificate(authority.certificate.der, 'authority')
    if (!sameOctets(issuer.subject, crl.issuer)) continue
    named = true
    if (await signedBy(ports, crl, issuer, field)) return { authority, crl, number }
  }
  if (named) violation('crl_signature', 'its signature doesn’t verify under the key of its issuer')
  violation('crl_issuer', 'was issued by another authority')
  throw new Error('a violation always throws')
}

async function signedBy(
  { verifier }: Pick<Ports, 'verifier'>,
  crl: ParsedCrl,
  { publicKey }: ParsedCertificate,
  field: string,
): Promise<boolean> {
  const algorithm = signatureAlgorithmOf(crl.outerAlgorithm)
  if (algorithm === undefined) {
    const { code, message } = refusedSignature(crl.outerAlgorithm)
    refuse('request_invalid', [{ code, field, message }])
    return false
  }
  // RFC 5280 §5.1.1.2: the one under the signature is the one that counts.
  if (!sameOctets(crl.outerAlgorithm.der, crl.signatureAlgorithm.der) || !fitsKey(algorithm, publicKey))
    return false
  return verifier.verify(verifier.load(publicKey.spki, field), algorithm, crl.tbs, crl.signature)
}
