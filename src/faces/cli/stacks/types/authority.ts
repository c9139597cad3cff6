import { AUTHORITY_KINDS } from '../../../../core/domain/authorities.ts'
import { KEY_ALGORITHM_NAMES, SIGNATURE_ALGORITHM_NAMES } from '../../../../core/domain/key-algorithms.ts'
import { KEY_STORAGE_STANDARDS } from '../../../../core/domain/key-storage-standards.ts'
import { OBJECT_ACLS } from '../../../../core/domain/buckets.ts'
import { CRL_KINDS } from '../../../../core/domain/revocation-configuration.ts'
import { USAGE_MODES } from '../../../../core/domain/usage-modes.ts'
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
  wholeNumber,
  type Properties,
} from '../shapes.ts'
import { inPlace, keyUsage, oid, replacing, SUBJECT_MEMBERS, subject, tags } from './common.ts'
import type { Fault, ResourceType } from './resource-type.ts'

const host = text({
  most: 253,
  pattern: /^(?!https?:)[-a-zA-Z0-9;?:@&=+$,%_.!~*()']*$/,
  expected: 'a host name without http://',
})

const crl = record({
  Enabled: required(flag),
  ExpirationInDays: optional(wholeNumber(1, 5000)),
  CustomCname: optional(host),
  CustomPath: optional(
    text({ most: 253, pattern: /^[-a-zA-Z0-9;?:@&=+$,%_.!~*()'/]+$/, expected: 'a path' }),
  ),
  CrlType: optional(choice(CRL_KINDS)),
  S3BucketName: optional(text({ least: 3, most: 63, pattern: /^[-a-z0-9.]+$/, expected: 'a bucket’s name' })),
  S3ObjectAcl: optional(choice(OBJECT_ACLS)),
  CrlDistributionPointExtensionConfiguration: optional(record({ OmitExtension: required(flag) })),
})
const ocsp = record({ Enabled: required(flag), OcspCustomCname: optional(host) })

/** A name by which an authority's CSR says where more of it is; only locations that are URIs. */
const accessDescription = record({
  AccessMethod: required(
    oneOf({
      AccessMethodType: optional(choice(['CA_REPOSITORY', 'RESOURCE_PKI_MANIFEST', 'RESOURCE_PKI_NOTIFY'])),
      CustomObjectIdentifier: optional(oid),
    }),
  ),
  AccessLocation: required(record({ UniformResourceIdentifier: required(text({ least: 1, most: 253 })) })),
})

/** AWS::ACMPCA::CertificateAuthority: it waits for its certificate, which an activation installs. */
export const AUTHORITY: ResourceType = {
  properties: {
    Type: replacing(required(choice(AUTHORITY_KINDS.map((kind) => kind.toUpperCase())))),
    KeyAlgorithm: replacing(required(choice(KEY_ALGORITHM_NAMES))),
    SigningAlgorithm: replacing(required(choice(SIGNATURE_ALGORITHM_NAMES))),
    Subject: replacing(required(subject)),
    CsrExtensions: replacing(
      optional(
        record({
          KeyUsage: optional(keyUsage),
          SubjectInformationAccess: optional(listOf(accessDescription, 20)),
        }),
      ),
    ),
    KeyStorageSecurityStandard: replacing(optional(choice(KEY_STORAGE_STANDARDS))),
    UsageMode: replacing(optional(choice(USAGE_MODES))),
    RevocationConfiguration: inPlace(
      optional(record({ CrlConfiguration: optional(crl), OcspConfiguration: optional(ocsp) })),
    ),
    Tags: inPlace(optional(tags)),
  },
  attributes: ['Arn', 'CertificateSigningRequest'],
  changing: [],
  faults: (properties) => [...subjectFaults(properties), ...revocationFaults(properties)],
  whenRemoved: 'disabled and deleted; it can be restored for 30 days',
}

function subjectFaults({ Subject }: Properties): Fault[] {
  if (!isRecord(Subject)) return []
  const path = 'Subject'
  if (Subject['CustomAttributes'] !== undefined && Object.keys(Subject).length > 1)
    return [{ path, message: 'has either CustomAttributes or named members, not both' }]
  if (Object.keys(Subject).length > 0) return []
  const message = `at least one of ${Object.keys(SUBJECT_MEMBERS).slice(0, 6).join(', ')} … is needed`
  return [{ path, message }]
}

/** What is switched off has no settings, as AWS Private CA has it. */
function revocationFaults({ RevocationConfiguration: given }: Properties): Fault[] {
  if (!isRecord(given)) return []
  return Object.entries(given).flatMap(([name, part]) => {
    if (!isRecord(part) || part['Enabled'] !== false || Object.keys(part).length === 1) return []
    return [
      {
        path: `RevocationConfiguration.${name}`,
        message: 'with Enabled: false nothing else goes; leave it out, or set Enabled: true',
      },
    ]
  })
}
