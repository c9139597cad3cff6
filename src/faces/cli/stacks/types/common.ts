import {
  flag,
  listOf,
  optional,
  record,
  required,
  text,
  wholeNumber,
  type Member,
  type Shape,
} from '../shapes.ts'
import type { Property } from './resource-type.ts'

/** A property whose change is a change in place. */
export const inPlace = (member: Member): Property => ({ ...member, change: 'in place' })
/** A property whose change needs another resource. */
export const replacing = (member: Member): Property => ({ ...member, change: 'replacement' })

export const arn: Shape = text({
  least: 5,
  most: 200,
  pattern: /^arn:aws[\w-]*:acm-pca:[\w-]*:\d{12}:certificate-authority\/[\w-]+$/,
  expected: 'the ARN of an authority, such as !Ref of an AWS::ACMPCA::CertificateAuthority,',
})
export const oid: Shape = text({
  most: 64,
  pattern: /^[0-2](\.(0|[1-9]\d{0,19}))+$/,
  expected: 'a dotted OID, such as 2.5.29.15,',
})
/** A certificate or a chain as PEM. */
export const pem: Shape = text({
  least: 1,
  most: 2_097_152,
  pattern: /-----BEGIN [A-Z0-9 ]+-----/,
  expected: 'PEM',
})

const word = (most: number): Member => optional(text({ least: 1, most }))
/** The members of a distinguished name, with CloudFormation's bounds. */
export const SUBJECT_MEMBERS = {
  Country: optional(text({ pattern: /^[A-Za-z]{2}$/, expected: 'a country’s two letters' })),
  Organization: word(64),
  OrganizationalUnit: word(64),
  DistinguishedNameQualifier: optional(
    text({ least: 1, most: 64, pattern: /^[a-zA-Z0-9'()+-.?:/= ]*$/, expected: 'a PrintableString' }),
  ),
  State: word(128),
  CommonName: word(64),
  SerialNumber: word(64),
  Locality: word(128),
  Title: word(64),
  Surname: word(40),
  GivenName: word(16),
  Initials: word(5),
  Pseudonym: word(128),
  GenerationQualifier: word(3),
  CustomAttributes: optional(
    listOf(
      record({ ObjectIdentifier: required(oid), Value: required(text({ least: 1, most: 256 })) }),
      150,
      1,
    ),
  ),
} as const
export const subject: Shape = record(SUBJECT_MEMBERS)

/** The names of certificates' and authorities' tags. */
export const tags: Shape = listOf(
  record({
    Key: required(
      text({ least: 1, most: 128, pattern: /^(?!aws:)/i, expected: 'a key that doesn’t begin with aws:' }),
    ),
    Value: optional(text({ most: 256 })),
  }),
  50,
)

/** The bits of a key usage, as CloudFormation calls them (RFC 5280 §4.2.1.3). */
export const KEY_USAGE_MEMBERS = {
  DigitalSignature: 'digitalSignature',
  NonRepudiation: 'nonRepudiation',
  KeyEncipherment: 'keyEncipherment',
  DataEncipherment: 'dataEncipherment',
  KeyAgreement: 'keyAgreement',
  KeyCertSign: 'keyCertSign',
  CRLSign: 'cRLSign',
  EncipherOnly: 'encipherOnly',
  DecipherOnly: 'decipherOnly',
} as const
export const keyUsage: Shape = record(
  Object.fromEntries(Object.keys(KEY_USAGE_MEMBERS).map((name) => [name, optional(flag)])),
)

/** How long a certificate is to last. */
export const VALIDITY_TYPES = ['ABSOLUTE', 'DAYS', 'END_DATE', 'MONTHS', 'YEARS'] as const
/** YYYYMMDDHHMMSS is the largest of them. */
export const validityValue: Shape = wholeNumber(1, 99_991_231_235_959)
