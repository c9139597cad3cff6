import { z } from 'zod'
import { MAX_NAMES, SUBJECT_UPPER_BOUNDS } from '../../core/domain/names.ts'

const texts = (description: string, example: string, max: number, most = MAX_NAMES) =>
  z
    .array(
      z
        .string()
        .min(1)
        .max(max)
        .meta({ description: 'One of them.', examples: [example] }),
    )
    .max(most)
    .optional()
    .meta({ description, examples: [[example]] })

// RFC 5280 §4.2.1.6. The lengths bound the work only; what a name may be is decided by the core.
const generalNames = {
  dns: texts('DNS names; Unicode is converted to A-labels, `*.` may lead.', 'www.example.com', 255),
  ip: texts('IPv4 and IPv6 addresses.', '192.0.2.1', 64),
  email: texts('E-mail addresses.', 'someone@example.com', 320),
  uri: texts('Absolute URIs.', 'spiffe://example.com/api', 2048),
}

const otherName = {
  oid: z
    .string()
    .min(3)
    .max(128)
    .regex(/^[0-2](\.(0|[1-9][0-9]*))+$/, 'a dotted OID')
    .meta({ description: 'Type of the name.', examples: ['1.3.6.1.4.1.311.20.2.3'] }),
  value: z
    .string()
    .min(2)
    .max(2048)
    .meta({ description: 'Its value: DER in lower-case hex.', examples: ['0c0474657374'] }),
}

export const requestedNames = z
  .strictObject({
    ...generalNames,
    other: z
      .array(z.strictObject(otherName).meta({ description: 'An otherName.' }))
      .max(MAX_NAMES)
      .optional()
      .meta({ description: 'Names of other types.' }),
  })
  .meta({ id: 'RequestedNames', description: 'Subject alternative names to certify.' })

export const certifiedNames = z
  .object({
    ...generalNames,
    other: z
      .array(z.object(otherName).meta({ description: 'An otherName.' }))
      .optional()
      .meta({ description: 'Names of other types.' }),
    directory: texts('Directory names: DER in lower-case hex.', '3000', 100_000),
    edi: texts('EDI party names: DER in lower-case hex.', '3005a1030c0141', 100_000),
    rid: texts('Registered ids: dotted OIDs.', '1.2.3.4', 128),
  })
  .meta({ id: 'Names', description: 'Subject alternative names, in canonical form.' })
export type NamesJson = z.infer<typeof certifiedNames>

const attribute = (field: keyof typeof SUBJECT_UPPER_BOUNDS, description: string, example: string) =>
  z
    .string()
    .min(1)
    .max(SUBJECT_UPPER_BOUNDS[field])
    .optional()
    .meta({ description, examples: [example] })

export const subjectFields = z
  .strictObject({
    country: attribute('country', 'Two-letter country code.', 'DE'),
    state: attribute('state', 'State or province.', 'Hessen'),
    locality: attribute('locality', 'Town.', 'Frankfurt'),
    organization: attribute('organization', 'Organization.', 'Example GmbH'),
    organizationalUnit: attribute('organizationalUnit', 'Unit of the organization.', 'Payments'),
    commonName: attribute('commonName', 'Common name.', 'www.example.com'),
    serialNumber: attribute('serialNumber', 'Serial number of the subject, not of the certificate.', '42'),
    dnQualifier: attribute('dnQualifier', 'Tells apart subjects whose names are alike.', 'B'),
    title: attribute('title', 'Position in the organization.', 'Head of Payments'),
    surname: attribute('surname', 'Family name.', 'Lovelace'),
    givenName: attribute('givenName', 'Given name.', 'Ada'),
    initials: attribute('initials', 'Initials of the given names.', 'A.'),
    pseudonym: attribute('pseudonym', 'A name that somebody goes by.', 'countess'),
    generationQualifier: attribute('generationQualifier', 'Such as Jr. or III.', 'III'),
  })
  .meta({ id: 'SubjectFields', description: 'Attributes of a distinguished name.' })

const subtrees = (description: string) =>
  z
    .strictObject({
      dns: texts('Domains; `example.com` covers its subdomains.', 'example.com', 255, 500),
      ip: texts('Networks as CIDR.', '10.0.0.0/8', 64, 500),
      email: texts('Mailboxes, hosts, or domains with a leading dot.', 'example.com', 320, 500),
      uri: texts('Hosts, or domains with a leading dot.', '.example.com', 255, 500),
      directory: texts(
        'Distinguished names (RFC 4514): they cover every name that begins with their parts.',
        'O=Example GmbH,C=DE',
        1024,
        500,
      ),
    })
    .optional()
    .meta({ description })

export const nameConstraints = z
  .strictObject({
    permitted: subtrees('Names that are allowed; a type without an entry is not limited.'),
    excluded: subtrees('Names that are refused; wins over permitted.'),
  })
  .meta({
    id: 'NameConstraints',
    description: 'Which names may stand below an authority (RFC 5280 §4.2.1.10).',
  })
export type NameConstraintsJson = z.infer<typeof nameConstraints>
