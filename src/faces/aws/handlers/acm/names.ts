import type { GeneralName, SubjectFields } from '../../../../core/domain/names.ts'
import type { NameAttribute } from '../../../../core/operations/managed/certificate-detail.ts'
import type { Serial } from '../../../../core/domain/ids.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as searchShapes from '../../models/acm/search-shapes.ts'

type DistinguishedName = ValueOf<typeof searchShapes.DistinguishedName>

/** What ACM calls the attributes of a name, and how it abbreviates them in a text. */
const ATTRIBUTES = {
  country: ['Country', 'C'],
  state: ['State', 'ST'],
  locality: ['Locality', 'L'],
  organization: ['Organization', 'O'],
  organizationalUnit: ['OrganizationalUnit', 'OU'],
  commonName: ['CommonName', 'CN'],
  serialNumber: ['SerialNumber', 'SERIALNUMBER'],
  dnQualifier: ['DistinguishedNameQualifier', 'DNQ'],
  title: ['Title', 'T'],
  surname: ['Surname', 'SURNAME'],
  givenName: ['GivenName', 'GIVENNAME'],
  initials: ['Initials', 'INITIALS'],
  pseudonym: ['Pseudonym', 'PSEUDONYM'],
  generationQualifier: ['GenerationQualifier', 'GENERATION'],
} as const satisfies Record<keyof SubjectFields, readonly [keyof DistinguishedName, string]>

/** A name as one text, in the order of the certificate (contract §4.4). */
export const nameText = (name: readonly NameAttribute[]): string =>
  name.map(({ field, oid, text }) => `${short(field) ?? oid}=${text}`).join(',')

const short = (field: NameAttribute['field']): string | undefined =>
  field === undefined ? undefined : field === 'domainComponent' ? 'DC' : ATTRIBUTES[field][1]

/** An issuer as ACM names it: by its organization, or else by its common name. */
export const issuerName = (name: readonly NameAttribute[]): string | undefined =>
  (name.find(({ field }) => field === 'organization') ?? name.find(({ field }) => field === 'commonName'))
    ?.text

/** A name attribute by attribute; of one that is there several times the first. */
export function distinguishedName(name: readonly NameAttribute[]): DistinguishedName {
  const named: Record<string, string> = {}
  for (const { field, text } of name)
    if (field !== undefined && field !== 'domainComponent') named[ATTRIBUTES[field][0]] ??= text
  const components = name.filter(({ field }) => field === 'domainComponent').map(({ text }) => text)
  const custom = name
    .filter(({ field }) => field === undefined)
    .map(({ oid, text }) => ({ ObjectIdentifier: oid, Value: text }))
  return {
    ...named,
    ...(components.length === 0 ? {} : { DomainComponents: components }),
    ...(custom.length === 0 ? {} : { CustomAttributes: custom }),
  }
}

type GeneralNames = ValueOf<typeof searchShapes.GeneralNameList>

/** Alternative names, but for the kinds that ACM has no member for. */
export const generalNames = (names: readonly GeneralName[]): GeneralNames =>
  names.flatMap((name): GeneralNames => {
    switch (name.type) {
      case 'dns':
        return [{ DnsName: name.value }]
      case 'ip':
        return [{ IpAddress: name.value }]
      case 'email':
        return [{ Rfc822Name: name.value }]
      case 'uri':
        return [{ UniformResourceIdentifier: name.value }]
      case 'rid':
        return [{ RegisteredId: name.value }]
      case 'other':
        return [{ OtherName: { ObjectIdentifier: name.oid, Value: name.value } }]
      default:
        return []
    }
  })

/** `03:e9`: octet by octet without leading zeros, two octets at least. */
export function serialText(serial: Serial): string {
  const octets = serial.match(/../g) ?? []
  const first = octets.findIndex((octet) => octet !== '00')
  return octets.slice(Math.min(first === -1 ? Infinity : first, octets.length - 2)).join(':')
}
