import { certificateIdOf } from '../core/domain/ids.ts'
import type { IssuedCertificate } from '../core/operations/certificates/issue-certificate.ts'
import { pemEncode } from '../core/x509/pem.ts'
import type { Issued, Signed } from './chancery.ts'

export const certificatePem = (der: Uint8Array): string => pemEncode('CERTIFICATE', der)

/** PEM texts of a leaf under its issuers, the root last. */
export function chainForms(
  der: Uint8Array,
  issuers: readonly Uint8Array[],
): Pick<Signed, 'cert' | 'ca' | 'leaf' | 'chain' | 'fullchain' | 'der'> {
  const leaf = certificatePem(der)
  const chain = issuers.map(certificatePem)
  return {
    leaf,
    chain,
    // RFC 8446 §4.4.2: the root may be left out, since whoever verifies has it.
    cert: [leaf, ...chain.slice(0, -1)].join(''),
    ca: chain.at(-1) ?? leaf,
    fullchain: [leaf, ...chain].join(''),
    der: Buffer.from(der),
  }
}

/** What the core issued, as a test suite wants it. */
export function signedFrom({ certificate, chain }: IssuedCertificate): Signed {
  return {
    ...chainForms(certificate.der, chain),
    serial: certificate.serial,
    id: certificateIdOf(certificate.authority, certificate.serial),
    notBefore: new Date(certificate.notBefore),
    notAfter: new Date(certificate.notAfter),
  }
}

/** As `signedFrom`, with the key out of the exported file. */
export function issuedFrom(issued: IssuedCertificate): Issued {
  const file = Buffer.from(issued.exported?.bytes ?? []).toString('latin1')
  return { ...signedFrom(issued), key: file.slice(file.indexOf('-----BEGIN PRIVATE KEY-----')) }
}
