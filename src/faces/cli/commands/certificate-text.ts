import { X509Certificate } from 'node:crypto'
import { CliFailure } from '../failure.ts'
import { factsOf } from '../table.ts'

/** Names of the extended key usages (RFC 5280 §4.2.1.12) that our profiles set. */
const USAGES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
}

/**
 * A certificate as an object, from PEM or DER.
 * @throws CliFailure with exit code 2 when it is none
 */
export function certificateFrom(pem: string | Uint8Array, source: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (error) {
    throw new CliFailure(2, `${source}: this is no certificate`, [], error)
  }
}

const onOneLine = (text: string | undefined): string | undefined =>
  text
    ?.trim()
    .split('\n')
    .filter((part) => part !== '')
    .join(', ')

/** What is in a certificate, read from its own bytes rather than told by the server. */
export function certificateText(pem: string): string {
  const it = certificateFrom(pem, 'the certificate')
  const { asymmetricKeyType = 'unknown', asymmetricKeyDetails: key } = it.publicKey
  const details =
    key?.namedCurve ?? (key?.modulusLength === undefined ? undefined : `${key.modulusLength} bits`)
  return factsOf([
    ['Subject', onOneLine(it.subject) ?? '(empty)'],
    ['Issuer', onOneLine(it.issuer)],
    ['Serial', it.serialNumber.toLowerCase()],
    ['Not before', it.validFromDate.toISOString()],
    ['Not after', it.validToDate.toISOString()],
    ['Key', details === undefined ? asymmetricKeyType : `${asymmetricKeyType}, ${details}`],
    ['Authority', it.ca ? 'yes' : 'no'],
    ['Names', it.subjectAltName],
    // Node calls the extended key usages keyUsage.
    ['Extended usage', it.keyUsage?.map((oid) => USAGES[oid] ?? oid).join(', ')],
    ['Where to ask', onOneLine(it.infoAccess)],
    ['SHA-256', it.fingerprint256.replaceAll(':', '').toLowerCase()],
    ['SHA-1', it.fingerprint.replaceAll(':', '').toLowerCase()],
  ])
}
