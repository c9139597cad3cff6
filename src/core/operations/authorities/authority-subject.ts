import type { Authority } from '../../domain/authorities.ts'
import type { SubjectFields } from '../../domain/names.ts'
import { attributesOf, EMPTY_NAME, FIELD_OF } from '../../x509/distinguished-names.ts'
import { nameFromText } from '../../x509/name-from-text.ts'
import type { PassthroughSubject } from '../../x509/passthrough-subject.ts'
import { subjectIn } from '../../x509/report-subject.ts'

/**
 * An authority's subject attribute by attribute, as it could be asked for: by name where each attribute has one and
 * stands there once, otherwise all of them by their OIDs.
 */
export function authoritySubject(authority: Pick<Authority, 'subject' | 'certificate'>): PassthroughSubject {
  const attributes = attributesOf(nameOf(authority))
  const fields: { -readonly [Field in keyof SubjectFields]: SubjectFields[Field] } = {}
  for (const { oid, text } of attributes) {
    const field = FIELD_OF.get(oid)
    if (field === undefined || fields[field] !== undefined)
      return { customAttributes: attributes.map(({ oid, text }) => ({ oid, value: text })) }
    fields[field] = text
  }
  return fields
}

function nameOf({ certificate, subject }: Pick<Authority, 'subject' | 'certificate'>): Uint8Array {
  if (certificate !== undefined) return subjectIn(certificate.der)
  const name = nameFromText(subject)
  return name instanceof Uint8Array ? name : EMPTY_NAME
}
