import { refuse } from '../../../../core/domain/errors.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../../../core/domain/key-algorithms.ts'
import { MINUTE } from '../../../../core/domain/time.ts'
import type {
  CsrExtensions,
  PendingAuthorityRequest,
} from '../../../../core/operations/authorities/authority-request.ts'
import { namedBy } from '../../../../core/operations/certificates/passthrough.ts'
import { tokenFor, type IdempotencyInput } from '../../../../core/operations/idempotency.ts'
import type { InputOf } from '../../service-model.ts'
import type { ACM_PCA } from '../../models/acm-pca/model.ts'
import { keyUsagesFrom, namesFrom } from './names.ts'
import { firstRevocation } from './revocation.ts'
import { subjectFrom } from './subjects.ts'
import { tagsFrom } from './tags.ts'

type Creation = InputOf<typeof ACM_PCA.operations.CreateCertificateAuthority>
type GivenExtensions = NonNullable<Creation['CertificateAuthorityConfiguration']['CsrExtensions']>

/** How long acm-pca takes a token for the same request. */
const WINDOW = 5 * MINUTE

/** A caller's token, as the core takes it. */
export const acmPcaToken = (token: string | undefined): { readonly idempotency?: IdempotencyInput } =>
  token === undefined ? {} : { idempotency: tokenFor(token, WINDOW) }

/**
 * A request for an authority. Managed certificates get nothing of it before CreatePermission, as on AWS's side.
 * @throws request_invalid for names
 */
export function creationFrom(input: Creation): PendingAuthorityRequest {
  const { CertificateAuthorityConfiguration: configuration, KeyStorageSecurityStandard, UsageMode } = input
  const { KeyAlgorithm, SigningAlgorithm, Subject, CsrExtensions } = configuration
  return {
    kind: input.CertificateAuthorityType === 'ROOT' ? 'root' : 'subordinate',
    subject: subjectFrom(Subject),
    // Of algorithms that it hasn't got, the core says so.
    keyAlgorithm: KeyAlgorithm as KeyAlgorithm,
    signatureAlgorithm: SigningAlgorithm as SignatureAlgorithm,
    revocation: firstRevocation(input.RevocationConfiguration),
    servicePermission: null,
    tags: tagsFrom(input.Tags ?? []),
    ...(KeyStorageSecurityStandard === undefined ? {} : { keyStorageStandard: KeyStorageSecurityStandard }),
    ...(UsageMode === undefined ? {} : { usageMode: UsageMode }),
    ...(CsrExtensions === undefined ? {} : { csrExtensions: csrExtensionsFrom(CsrExtensions) }),
    ...acmPcaToken(input.IdempotencyToken),
  }
}

const METHODS = {
  CA_REPOSITORY: 'caRepository',
  RESOURCE_PKI_MANIFEST: 'rpkiManifest',
  RESOURCE_PKI_NOTIFY: 'rpkiNotify',
} as const

function csrExtensionsFrom({ KeyUsage, SubjectInformationAccess }: GivenExtensions): CsrExtensions {
  const keyUsage = keyUsagesFrom(KeyUsage)
  const subjectInfoAccess = SubjectInformationAccess?.map(({ AccessMethod, AccessLocation }, index) => {
    const field = `certificateAuthorityConfiguration.csrExtensions.subjectInformationAccess.${index + 1}.member`
    const { AccessMethodType, CustomObjectIdentifier } = AccessMethod
    const method = AccessMethodType === undefined ? CustomObjectIdentifier : METHODS[AccessMethodType]
    const [location, another] = namedBy(namesFrom([AccessLocation]), `${field}.accessLocation`)
    if (method === undefined || (AccessMethodType !== undefined && CustomObjectIdentifier !== undefined))
      refuse('request_invalid', [
        {
          code: 'access_method',
          field: `${field}.accessMethod`,
          message: 'has a type or an object identifier',
        },
      ])
    if (location === undefined || another !== undefined)
      refuse('request_invalid', [
        { code: 'access_location', field: `${field}.accessLocation`, message: 'is one name' },
      ])
    return { method: method as string, location: location as NonNullable<typeof location> }
  })
  return {
    ...(keyUsage === undefined ? {} : { keyUsage }),
    ...(subjectInfoAccess === undefined ? {} : { subjectInfoAccess }),
  }
}
