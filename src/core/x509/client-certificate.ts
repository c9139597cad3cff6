import type { ClientNames } from '../domain/certificate-mappings.ts'
import { ChanceryError } from '../domain/errors.ts'
import { serialOf, type Serial } from '../domain/ids.ts'
import type { SignatureAlgorithm } from '../domain/key-algorithms.ts'
import { signatureAlgorithmOf } from './algorithm-identifiers.ts'
import { parseCertificate } from './certificate.ts'
import { attributesOf, nameText } from './distinguished-names.ts'
import { decodeBasicConstraints, decodeExtKeyUsage, decodeKeyUsage } from './extension-decoders.ts'
import { parseGeneralNames } from './general-names-der.ts'
import { OID } from './oids.ts'
import type { ParsedCertificate } from './types.ts'

/** What authentication wants to know of a client's certificate. */
export type ClientCertificate = {
  readonly serial: Serial
  /** RFC 4514 text. */
  readonly subject: string
  readonly names: ClientNames
  /** What its issuer signed, and how. */
  readonly tbs: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

/**
 * Reads one that may authenticate a client; undefined for what is none: an authority's, or one for other purposes only
 * (RFC 5280 §4.2.1.12, RFC 8446 §4.4.2.4), or with a critical extension that isn't known here (RFC 5280 §4.2).
 */
export function clientCertificateFrom(der: Uint8Array): ClientCertificate | undefined {
  try {
    const certificate = parseCertificate(der)
    const algorithm = signatureAlgorithmOf(certificate.signatureAlgorithm)
    if (algorithm === undefined || !authenticatesClients(certificate)) return undefined
    const { serialOctets, subject, tbs, signature } = certificate
    const alternative = extensionOf(certificate, OID.subjectAltName)
    return {
      serial: serialOf(serialOctets),
      subject: nameText(subject),
      names: {
        alternative: alternative === undefined ? [] : parseGeneralNames(alternative),
        commonNames: attributesOf(subject)
          .filter(({ oid }) => oid === OID.commonName)
          .map(({ text }) => text),
      },
      tbs,
      algorithm,
      signature,
    }
  } catch (error) {
    if (error instanceof ChanceryError) return undefined
    throw error
  }
}

const extensionOf = ({ extensions }: ParsedCertificate, oid: string): Uint8Array | undefined =>
  extensions.find((extension) => extension.oid === oid)?.value

/** Names and constraints are read here; policies change nothing about whose key it is. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.subjectAltName,
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.certificatePolicies,
])

function authenticatesClients(certificate: ParsedCertificate): boolean {
  if (certificate.extensions.some(({ oid, critical }) => critical && !UNDERSTOOD.has(oid))) return false
  const constraints = extensionOf(certificate, OID.basicConstraints)
  if (constraints !== undefined && decodeBasicConstraints(constraints).ca) return false
  const usage = extensionOf(certificate, OID.keyUsage)
  if (usage !== undefined && !decodeKeyUsage(usage).includes('digitalSignature')) return false
  const purposes = extensionOf(certificate, OID.extKeyUsage)
  if (purposes === undefined) return true
  const listed = decodeExtKeyUsage(purposes)
  return listed.includes(OID.clientAuth) || listed.includes(OID.anyExtendedKeyUsage)
}
