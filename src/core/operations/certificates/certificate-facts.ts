import { ChanceryError } from '../../domain/errors.ts'
import type { GeneralName } from '../../domain/names.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { sha256 } from '../../x509/digest.ts'
import { nameText } from '../../x509/distinguished-names.ts'
import { parseGeneralNames } from '../../x509/general-names-der.ts'
import { OID } from '../../x509/oids.ts'
import { pemEncode } from '../../x509/pem.ts'

/** What faces show of a certificate that only its bytes say. */
export type CertificateFacts = {
  /** RFC 4514 text; empty for an empty subject. */
  readonly subject: string
  readonly names: readonly GeneralName[]
  /** The product's name of the key's algorithm, or its OID. */
  readonly keyAlgorithm: string
}

/** Reads them. @throws request_invalid when the bytes are no certificate */
export function certificateFacts(der: Uint8Array): CertificateFacts {
  const { subject, publicKey, extensions } = parseCertificate(der)
  const alternative = extensions.find(({ oid }) => oid === OID.subjectAltName)
  return {
    subject: nameText(subject),
    names: alternative === undefined ? [] : readableNames(alternative.value),
    keyAlgorithm: publicKey.algorithm ?? publicKey.oid,
  }
}

/** Ours pass the same reader before they are signed; a certificate from elsewhere may have names that it refuses. */
function readableNames(value: Uint8Array): readonly GeneralName[] {
  try {
    return parseGeneralNames(value)
  } catch (error) {
    if (error instanceof ChanceryError) return []
    throw error
  }
}

/** SHA-256 of the whole certificate, in lower-case hex: what people compare. */
export const fingerprintOf = (der: Uint8Array): string => Buffer.from(sha256(der)).toString('hex')

/** A certificate as PEM text (RFC 7468 §5). */
export const certificatePem = (der: Uint8Array): string => pemEncode('CERTIFICATE', der)

/** A certification request as PEM text (RFC 7468 §7). */
export const requestPem = (der: Uint8Array): string => pemEncode('CERTIFICATE REQUEST', der)
