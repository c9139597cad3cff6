import { PURPOSE_NAMES, type PurposeName } from '../domain/key-usages.ts'
import { oidOctets } from './der/oid.ts'
import { OID } from './oids.ts'

const isPurposeName = (text: string): text is PurposeName =>
  (PURPOSE_NAMES as readonly string[]).includes(text)

/** The OID of a purpose given by its name or as an OID; undefined for neither. */
export function purposeOid(text: string): string | undefined {
  if (isPurposeName(text)) return OID[text]
  return oidOctets(text) === undefined ? undefined : text
}
