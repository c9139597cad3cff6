import type { KeyUsage } from '../../../../core/domain/key-usages.ts'
import type { JsonProperties } from '../shapes.ts'
import { KEY_USAGE_MEMBERS } from '../types/common.ts'
import { listIn, optionalText, present, textIn } from './values.ts'

/** A distinguished name as the API has it. */
export const subjectOf = (subject: JsonProperties) =>
  present({
    country: optionalText(subject, 'Country'),
    state: optionalText(subject, 'State'),
    locality: optionalText(subject, 'Locality'),
    organization: optionalText(subject, 'Organization'),
    organizationalUnit: optionalText(subject, 'OrganizationalUnit'),
    commonName: optionalText(subject, 'CommonName'),
    serialNumber: optionalText(subject, 'SerialNumber'),
    dnQualifier: optionalText(subject, 'DistinguishedNameQualifier'),
    title: optionalText(subject, 'Title'),
    surname: optionalText(subject, 'Surname'),
    givenName: optionalText(subject, 'GivenName'),
    initials: optionalText(subject, 'Initials'),
    pseudonym: optionalText(subject, 'Pseudonym'),
    generationQualifier: optionalText(subject, 'GenerationQualifier'),
  })

/** The same, where it may consist of attributes of any type. */
export const passedSubjectOf = (subject: JsonProperties) => {
  if (subject['CustomAttributes'] === undefined) return subjectOf(subject)
  const customAttributes = listIn(subject, 'CustomAttributes').map((attribute) => ({
    oid: textIn(attribute, 'ObjectIdentifier'),
    value: textIn(attribute, 'Value'),
  }))
  return { customAttributes }
}

/** The bits that are true. */
export const keyUsageOf = (given: JsonProperties): KeyUsage[] =>
  Object.entries(KEY_USAGE_MEMBERS)
    .filter(([name]) => given[name] === true)
    .map(([, usage]) => usage)
