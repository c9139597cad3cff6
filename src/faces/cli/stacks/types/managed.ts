import { KEY_ALGORITHM_NAMES } from '../../../../core/domain/key-algorithms.ts'
import {
  choice,
  isRecord,
  listOf,
  optional,
  record,
  required,
  text,
  type Properties,
  type Value,
} from '../shapes.ts'
import { arn, inPlace, replacing, tags } from './common.ts'
import type { Fault, ResourceType } from './resource-type.ts'

const domain = text({
  least: 1,
  most: 253,
  pattern:
    /^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$/,
  expected: 'a domain name such as www.example.com or *.example.com',
})
const onOff = choice(['ENABLED', 'DISABLED'])

/** AWS::CertificateManager::Certificate: made, kept and renewed by the service. */
export const MANAGED: ResourceType = {
  properties: {
    DomainName: replacing(required(domain)),
    SubjectAlternativeNames: replacing(optional(listOf(domain, 100))),
    CertificateAuthorityArn: replacing(optional(arn)),
    ValidationMethod: replacing(optional(choice(['EMAIL', 'DNS']))),
    DomainValidationOptions: replacing(
      optional(
        listOf(
          record({
            DomainName: required(domain),
            HostedZoneId: optional(text({ least: 1, most: 255 })),
            ValidationDomain: optional(domain),
          }),
          100,
        ),
      ),
    ),
    KeyAlgorithm: replacing(optional(choice(KEY_ALGORITHM_NAMES))),
    CertificateExport: replacing(optional(onOff)),
    CertificateTransparencyLoggingPreference: inPlace(optional(onOff)),
    Tags: inPlace(optional(tags)),
  },
  attributes: [],
  changing: [],
  faults,
}

const namesIn = (value: Value | undefined): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []

/** How the names are to be proved; undefined for a private authority, which asks for no proof. */
export function validationOf(properties: Properties): 'EMAIL' | 'DNS' | undefined {
  const { CertificateAuthorityArn, ValidationMethod, DomainValidationOptions } = properties
  if (CertificateAuthorityArn !== undefined) return undefined
  if (ValidationMethod !== undefined) return ValidationMethod === 'DNS' ? 'DNS' : 'EMAIL'
  const options = Array.isArray(DomainValidationOptions) ? (DomainValidationOptions as readonly Value[]) : []
  // E-mail is AWS's default; who names a zone means its records.
  return options.some((option) => isRecord(option) && option['HostedZoneId'] !== undefined) ? 'DNS' : 'EMAIL'
}

function faults(properties: Properties): Fault[] {
  const { DomainName, SubjectAlternativeNames, DomainValidationOptions } = properties
  const method = validationOf(properties)
  const names = [DomainName, ...namesIn(SubjectAlternativeNames)]
  const options = Array.isArray(DomainValidationOptions) ? (DomainValidationOptions as readonly Value[]) : []
  const found: Fault[] = []
  for (const [at, option] of options.entries()) {
    if (!isRecord(option)) continue
    const path = `DomainValidationOptions[${at}]`
    const { DomainName: name, HostedZoneId, ValidationDomain } = option
    if (typeof name === 'string' && !names.includes(name))
      found.push({ path: `${path}.DomainName`, message: `${name} isn’t among the certificate’s names` })
    if (HostedZoneId !== undefined && ValidationDomain !== undefined)
      found.push({ path, message: 'HostedZoneId is for DNS, ValidationDomain for EMAIL: one of them goes' })
    else if (HostedZoneId !== undefined && method === 'EMAIL')
      found.push({ path: `${path}.HostedZoneId`, message: 'goes with ValidationMethod: DNS only' })
    else if (ValidationDomain !== undefined && method === 'DNS')
      found.push({ path: `${path}.ValidationDomain`, message: 'goes with ValidationMethod: EMAIL only' })
  }
  return found
}
