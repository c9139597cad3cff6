import type { VersionFacts } from '../../domain/managed-certificates.ts'
import { attributesOf } from '../../x509/distinguished-names.ts'
import { decodedFrom } from '../../x509/lint-rules/decoded.ts'
import { OID } from '../../x509/oids.ts'
import type { ParsedTbs } from '../../x509/types.ts'

/** What a certificate, signed or about to be, is found by: its last common name, as AWS reads it, and its usages. */
export function versionFacts({
  subject,
  extensions,
}: Pick<ParsedTbs, 'subject' | 'extensions'>): VersionFacts {
  const { keyUsage = [], extendedKeyUsage = [] } = decodedFrom(extensions)
  const commonName = attributesOf(subject).findLast(({ oid }) => oid === OID.commonName)
  return { commonName: commonName?.text, keyUsages: keyUsage, extendedKeyUsages: extendedKeyUsage }
}
