import type { Serial } from '../../domain/ids.ts'
import { serialOf } from '../../domain/ids.ts'
import type { KeyUsage } from '../../domain/key-usages.ts'
import type { GeneralName, SubjectFields } from '../../domain/names.ts'
import { signatureAlgorithmOf } from '../../x509/algorithm-identifiers.ts'
import { parseCertificate } from '../../x509/certificate.ts'
import { attributesOf, FIELD_OF } from '../../x509/distinguished-names.ts'
import { OID } from '../../x509/oids.ts'
import { certificateFacts } from '../certificates/certificate-facts.ts'
import { versionFacts } from './version-facts.ts'

/** One attribute of a distinguished name, in the order written. */
export type NameAttribute = {
  readonly field: keyof SubjectFields | 'domainComponent' | undefined
  readonly oid: string
  readonly text: string
}

/** All that faces show of a managed certificate's version and that only its bytes say. */
export type CertificateDetail = {
  readonly serial: Serial
  readonly subject: readonly NameAttribute[]
  readonly issuer: readonly NameAttribute[]
  readonly names: readonly GeneralName[]
  readonly keyUsages: readonly KeyUsage[]
  /** OIDs */
  readonly extendedKeyUsages: readonly string[]
  /** The product's name of the signature's algorithm, or its OID. */
  readonly signatureAlgorithm: string
}

/** Reads it. @throws request_invalid when the bytes are no certificate */
export function certificateDetail(der: Uint8Array): CertificateDetail {
  const parsed = parseCertificate(der)
  const { keyUsages, extendedKeyUsages } = versionFacts(parsed)
  return {
    serial: serialOf(parsed.serialOctets),
    subject: nameAttributes(parsed.subject),
    issuer: nameAttributes(parsed.issuer),
    names: certificateFacts(der).names,
    keyUsages,
    extendedKeyUsages,
    signatureAlgorithm: signatureAlgorithmOf(parsed.signatureAlgorithm) ?? parsed.signatureAlgorithm.oid,
  }
}

/** @throws request_invalid for what is no Name */
export const nameAttributes = (nameDer: Uint8Array): readonly NameAttribute[] =>
  attributesOf(nameDer).map(({ oid, text }) => ({
    field: FIELD_OF.get(oid) ?? (oid === OID.domainComponent ? 'domainComponent' : undefined),
    oid,
    text,
  }))
