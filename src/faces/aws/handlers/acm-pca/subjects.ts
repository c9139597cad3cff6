import type { PassthroughSubject } from '../../../../core/operations/certificates/passthrough.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type { ASN1Subject } from '../../models/acm-pca/shapes.ts'

type Subject = ValueOf<typeof ASN1Subject>

/** What acm-pca calls the attributes of a name. */
const NAMES = {
  country: 'Country',
  organization: 'Organization',
  organizationalUnit: 'OrganizationalUnit',
  dnQualifier: 'DistinguishedNameQualifier',
  state: 'State',
  commonName: 'CommonName',
  serialNumber: 'SerialNumber',
  locality: 'Locality',
  title: 'Title',
  surname: 'Surname',
  givenName: 'GivenName',
  initials: 'Initials',
  pseudonym: 'Pseudonym',
  generationQualifier: 'GenerationQualifier',
} as const satisfies Record<keyof Omit<PassthroughSubject, 'customAttributes'>, keyof Subject>
const FIELDS = Object.keys(NAMES) as (keyof typeof NAMES)[]

/** A name as acm-pca has it. */
export function asn1Subject(subject: PassthroughSubject): Subject {
  const named = FIELDS.map((field) => [NAMES[field], subject[field]] as const)
  const custom = subject.customAttributes?.map(({ oid, value }) => ({ ObjectIdentifier: oid, Value: value }))
  return { ...Object.fromEntries(named), CustomAttributes: custom }
}

/** A name as the core has it. */
export function subjectFrom(subject: Subject): PassthroughSubject {
  const named = FIELDS.map((field) => [field, subject[NAMES[field]]] as const)
  const custom = subject.CustomAttributes?.map(({ ObjectIdentifier, Value }) => ({
    oid: ObjectIdentifier,
    value: Value,
  }))
  return {
    ...Object.fromEntries(named.filter(([, value]) => value !== undefined)),
    ...(custom === undefined ? {} : { customAttributes: custom }),
  }
}
