import { refuse, ChanceryError, type Violation } from '../../domain/errors.ts'
import { fitsKey, signatureAlgorithmOf } from '../../x509/algorithm-identifiers.ts'
import type { OutsideCertificate } from '../../x509/outside/read-outside.ts'
import { secondOpinion } from '../../x509/second-opinion.ts'
import type { ParsedCertificate } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'

/**
 * Verifies every signature of a chain, the root's under its own key, and asks a second implementation about the
 * certificate, as for one that was signed here.
 * @throws certificate_invalid naming each certificate whose signature is wrong
 */
export async function verifyOutside(
  ports: Pick<Ports, 'verifier' | 'settings'>,
  { certificate, chain }: OutsideCertificate,
): Promise<void> {
  const path = [certificate, ...chain]
  const verdicts = path.map(async (each, place): Promise<Violation[]> => {
    const issuer = path[place + 1] ?? each
    if (await signedBy(ports, each, issuer)) return []
    const field = place === 0 ? 'certificate' : `chain[${place - 1}]`
    const whose = issuer === each ? 'its own key' : `the key of chain[${place}]`
    return [{ code: 'signature_wrong', field, message: `its signature does not verify under ${whose}` }]
  })
  refuse('certificate_invalid', (await Promise.all(verdicts)).flat())
  if (ports.settings.secondOpinion) await askedAgain(certificate, chain[0] ?? certificate)
}

/** Whether a certificate's signature is one that `issuer`'s key made; false for an algorithm that isn't known. */
export async function signedBy(
  { verifier }: Pick<Ports, 'verifier'>,
  certificate: ParsedCertificate,
  { publicKey }: ParsedCertificate,
): Promise<boolean> {
  const algorithm = signatureAlgorithmOf(certificate.signatureAlgorithm)
  if (algorithm === undefined || !fitsKey(algorithm, publicKey)) return false
  const key = verifier.load(publicKey.spki, 'certificate')
  return verifier.verify(key, algorithm, certificate.tbs, certificate.signature)
}

/** What is wrong then is the certificate, not this server. */
async function askedAgain(certificate: ParsedCertificate, issuer: ParsedCertificate): Promise<void> {
  try {
    await secondOpinion(certificate.der, issuer.der)
  } catch (error) {
    const message = 'a second implementation reads it differently'
    throw new ChanceryError('certificate_invalid', `certificate: ${message}`, {
      violations: [{ code: 'second_opinion', field: 'certificate', message }],
      cause: error,
    })
  }
}
