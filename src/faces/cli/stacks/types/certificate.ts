import { SIGNATURE_ALGORITHM_NAMES } from '../../../../core/domain/key-algorithms.ts'
import { TEMPLATES } from '../../../../core/domain/templates.ts'
import {
  choice,
  flag,
  isRecord,
  listOf,
  oneOf,
  optional,
  record,
  required,
  text,
  type Member,
  type Properties,
  type Shape,
} from '../shapes.ts'
import { suggestion } from '../template/problems.ts'
import { arn, keyUsage, oid, replacing, subject, VALIDITY_TYPES, validityValue } from './common.ts'
import type { Fault, ResourceType } from './resource-type.ts'

/** Purposes by CloudFormation's names, and by ours (RFC 5280 §4.2.1.12 and others). */
export const PURPOSES = {
  SERVER_AUTH: 'serverAuth',
  CLIENT_AUTH: 'clientAuth',
  CODE_SIGNING: 'codeSigning',
  EMAIL_PROTECTION: 'emailProtection',
  TIME_STAMPING: 'timeStamping',
  OCSP_SIGNING: 'ocspSigning',
  SMART_CARD_LOGIN: 'smartcardLogon',
  DOCUMENT_SIGNING: 'documentSigning',
  CERTIFICATE_TRANSPARENCY: '1.3.6.1.4.1.11129.2.4.4',
} as const

const word = (most: number): Member => optional(text({ least: 1, most }))
const generalName: Shape = oneOf({
  DirectoryName: optional(subject),
  DnsName: word(253),
  EdiPartyName: optional(
    record({ PartyName: required(text({ least: 1, most: 256 })), NameAssigner: word(256) }),
  ),
  IpAddress: word(39),
  OtherName: optional(record({ TypeId: required(oid), Value: required(text({ least: 1, most: 256 })) })),
  RegisteredId: optional(oid),
  Rfc822Name: word(256),
  UniformResourceIdentifier: word(253),
})
const policy: Shape = record({
  CertPolicyId: required(oid),
  PolicyQualifiers: optional(
    listOf(
      record({
        PolicyQualifierId: required(choice(['CPS'])),
        Qualifier: required(record({ CpsUri: required(text({ least: 1, most: 256 })) })),
      }),
      1,
    ),
  ),
})
const extensions: Shape = record({
  CertificatePolicies: optional(listOf(policy, 20, 1)),
  CustomExtensions: optional(
    listOf(
      record({
        Critical: optional(flag),
        ObjectIdentifier: required(oid),
        Value: required(
          text({ least: 1, most: 4096, pattern: /^[A-Za-z0-9+/]+={0,2}$/, expected: 'DER in base64' }),
        ),
      }),
      150,
      1,
    ),
  ),
  ExtendedKeyUsage: optional(
    listOf(
      oneOf({
        ExtendedKeyUsageType: optional(choice(Object.keys(PURPOSES))),
        ExtendedKeyUsageObjectIdentifier: optional(oid),
      }),
      20,
      1,
    ),
  ),
  KeyUsage: optional(keyUsage),
  SubjectAlternativeNames: optional(listOf(generalName, 150, 1)),
})
const validity = (types: readonly string[]): Shape =>
  record({ Type: required(choice(types)), Value: required(validityValue) })
const templateArn: Shape = text({
  most: 200,
  pattern: /^arn:aws[\w-]*:acm-pca:::template\/\w+\/V\d+$/,
  expected: 'such as arn:aws:acm-pca:::template/EndEntityCertificate/V1',
})

/** AWS::ACMPCA::Certificate: issued once; every change is another certificate. */
export const CERTIFICATE: ResourceType = {
  properties: {
    CertificateAuthorityArn: replacing(required(arn)),
    CertificateSigningRequest: replacing(required(text({ least: 1, most: 32_768 }))),
    SigningAlgorithm: replacing(required(choice(SIGNATURE_ALGORITHM_NAMES))),
    TemplateArn: replacing(optional(templateArn)),
    Validity: replacing(required(validity(VALIDITY_TYPES))),
    ValidityNotBefore: replacing(optional(validity(['ABSOLUTE']))),
    ApiPassthrough: replacing(
      optional(record({ Extensions: optional(extensions), Subject: optional(subject) })),
    ),
  },
  attributes: ['Arn', 'Certificate'],
  changing: [],
  faults: (properties) => [...templateFaults(properties), ...subjectFaults(properties)],
  whenRemoved: 'stays valid: revoke it if nobody should have it',
}

/** The name of a template in its ARN. */
export const templateIn = (arnText: string): string => arnText.slice(arnText.indexOf(':::template/') + 12)

function templateFaults({ TemplateArn, ApiPassthrough }: Properties): Fault[] {
  if (TemplateArn !== undefined && typeof TemplateArn !== 'string') return []
  const name = TemplateArn === undefined ? 'EndEntityCertificate/V1' : templateIn(TemplateArn)
  const template = TEMPLATES.get(name)
  if (template === undefined) {
    const hint = suggestion(name, TEMPLATES.keys())
    return [{ path: 'TemplateArn', message: `there is no template called ${name}${hint}` }]
  }
  if (ApiPassthrough === undefined || template.passthrough.api) return []
  const message = `doesn’t go through ${name}: a template with API in its name is needed`
  return [{ path: 'ApiPassthrough', message }]
}

function subjectFaults({ ApiPassthrough }: Properties): Fault[] {
  const given = isRecord(ApiPassthrough) ? ApiPassthrough['Subject'] : undefined
  if (!isRecord(given) || given['CustomAttributes'] === undefined || Object.keys(given).length === 1)
    return []
  return [
    { path: 'ApiPassthrough.Subject', message: 'has either CustomAttributes or named members, not both' },
  ]
}
