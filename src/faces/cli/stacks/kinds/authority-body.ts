import type { AuthorityJson, RequestOf } from '../../../../contract/index.ts'
import type { JsonProperties } from '../shapes.ts'
import { keyUsageOf, passedSubjectOf } from './subjects.ts'
import { listIn, optionalText, present, recordIn, textIn } from './values.ts'

type Body = NonNullable<RequestOf<'createAuthority'>['body']>
type Wishes = NonNullable<Body['revocation']>

const ACCESS_METHODS: Readonly<Record<string, string>> = {
  CA_REPOSITORY: 'caRepository',
  RESOURCE_PKI_MANIFEST: 'rpkiManifest',
  RESOURCE_PKI_NOTIFY: 'rpkiNotify',
}
const HOURS_A_DAY = 24
/** AWS Private CA's own, where nothing is said. */
const USUAL_CRL_DAYS = 7

/** What the API is asked to make of an authority's properties: one that waits for its certificate. */
export function authorityBody(properties: JsonProperties, name: string): Body {
  const csr = recordIn(properties, 'CsrExtensions')
  const extensions = csr === undefined ? undefined : csrExtensionsOf(csr)
  return present({
    kind: textIn(properties, 'Type').toLowerCase() as Body['kind'],
    certificate: 'external' as const,
    name,
    subject: passedSubjectOf(recordIn(properties, 'Subject') ?? {}),
    keyAlgorithm: textIn(properties, 'KeyAlgorithm') as Body['keyAlgorithm'],
    signatureAlgorithm: textIn(properties, 'SigningAlgorithm') as Body['signatureAlgorithm'],
    keyStorageStandard: optionalText(properties, 'KeyStorageSecurityStandard') as Body['keyStorageStandard'],
    usageMode: optionalText(properties, 'UsageMode') as Body['usageMode'],
    csrExtensions: extensions,
    revocation: revocationOf(properties),
  })
}

function csrExtensionsOf(csr: JsonProperties): Body['csrExtensions'] {
  const usage = recordIn(csr, 'KeyUsage')
  const access = listIn(csr, 'SubjectInformationAccess').map((description) => {
    const method = recordIn(description, 'AccessMethod') ?? {}
    const type = optionalText(method, 'AccessMethodType')
    return {
      method: type === undefined ? textIn(method, 'CustomObjectIdentifier') : (ACCESS_METHODS[type] ?? type),
      uri: textIn(recordIn(description, 'AccessLocation') ?? {}, 'UniformResourceIdentifier'),
    }
  })
  const keyUsage = usage === undefined ? [] : keyUsageOf(usage)
  return {
    ...(keyUsage.length === 0 ? {} : { keyUsage }),
    ...(access.length === 0 ? {} : { subjectInfoAccess: access }),
  }
}

/** How it tells of what it revoked. As on AWS, what isn't asked for is off. */
export function revocationOf(properties: JsonProperties): Wishes {
  const given = recordIn(properties, 'RevocationConfiguration') ?? {}
  const crl = recordIn(given, 'CrlConfiguration') ?? {}
  const ocsp = recordIn(given, 'OcspConfiguration') ?? {}
  const point = recordIn(crl, 'CrlDistributionPointExtensionConfiguration') ?? {}
  return {
    crl: {
      enabled: crl['Enabled'] === true,
      kind: (optionalText(crl, 'CrlType') ?? 'COMPLETE') as 'COMPLETE' | 'PARTITIONED',
      hours: ((crl['ExpirationInDays'] as number | undefined) ?? USUAL_CRL_DAYS) * HOURS_A_DAY,
      host: optionalText(crl, 'CustomCname') ?? null,
      path: optionalText(crl, 'CustomPath') ?? null,
      bucket: optionalText(crl, 'S3BucketName') ?? null,
      objectAcl: (optionalText(crl, 'S3ObjectAcl') ?? 'PUBLIC_READ') as 'PUBLIC_READ',
      omitExtension: point['OmitExtension'] === true,
    },
    ocsp: { enabled: ocsp['Enabled'] === true, host: optionalText(ocsp, 'OcspCustomCname') ?? null },
  }
}

/** The property that would make an authority tell so. */
export function revocationProperty({ crl, ocsp }: AuthorityJson['revocation']): JsonProperties {
  const crlProperty = crl.enabled
    ? present({
        Enabled: true,
        ExpirationInDays: crl.hours / HOURS_A_DAY,
        CrlType: crl.kind,
        CustomCname: crl.host,
        CustomPath: crl.path,
        S3BucketName: crl.bucket,
        S3ObjectAcl: crl.objectAcl,
        CrlDistributionPointExtensionConfiguration: { OmitExtension: crl.omitExtension },
      })
    : { Enabled: false }
  const ocspProperty = ocsp.enabled
    ? present({ Enabled: true, OcspCustomCname: ocsp.host })
    : { Enabled: false }
  return {
    CrlConfiguration: crlProperty,
    OcspConfiguration: ocspProperty,
  }
}
