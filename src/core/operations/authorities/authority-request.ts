import type { AuthorityKind, CaaMode } from '../../domain/authorities.ts'
import type { UsageMode } from '../../domain/usage-modes.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { KeyStorageStandard } from '../../domain/key-storage-standards.ts'
import type { KeyUsage } from '../../domain/key-usages.ts'
import type { Tags } from '../../domain/identities.ts'
import type { KmsName } from '../../domain/kms.ts'
import type { GeneralName, NameConstraints, SubjectFields } from '../../domain/names.ts'
import type { ServicePermission } from '../../domain/share-permissions.ts'
import type { RevocationWishes } from '../../domain/revocation-configuration.ts'
import type { ValidityRequest } from '../../domain/validity.ts'
import type { PassthroughSubject } from '../../x509/passthrough-subject.ts'
import type { CertificatePolicy } from '../../x509/extensions.ts'
import type { Once } from '../idempotency.ts'

/** What every request for an authority may say, whoever certifies it. */
export type AuthorityBasics = Once & {
  readonly kind: AuthorityKind
  readonly name: string
  readonly subject: SubjectFields
  readonly keyAlgorithm?: KeyAlgorithm
  /** How it signs; what is usual for its key when absent. */
  readonly signatureAlgorithm?: SignatureAlgorithm
  /** Where its key is kept; the installation's KMS when absent. */
  readonly kms?: KmsName
  readonly keyStorageStandard?: KeyStorageStandard
  /** GENERAL_PURPOSE when absent. */
  readonly usageMode?: UsageMode
  /** OFF when absent. */
  readonly caa?: CaaMode
  /** What managed certificates may ask of it: everything when absent, null for nothing. */
  readonly servicePermission?: ServicePermission | null
  /** How many more authorities may stand below it. */
  readonly pathLength?: number
  /** How it tells of revocations, where that isn't as usual. */
  readonly revocation?: RevocationWishes
}

/** An authority that is certified here, at once. A subordinate's path length is 0 unless told otherwise: leaves only. */
export type CreateAuthorityRequest = AuthorityBasics & {
  /** Its id, where that must be known before; drawn when absent. */
  readonly id?: AuthorityId
  /** Id, name or ARN; required for a subordinate, refused for a root. */
  readonly parent?: string
  readonly validity?: ValidityRequest
  readonly nameConstraints?: NameConstraints
  /** Policies that certificates below may have, by their OIDs; for a subordinate. */
  readonly policies?: readonly CertificatePolicy[]
  /** Purposes that certificates below may have, by name or OID; for a subordinate. */
  readonly extendedKeyUsages?: readonly string[]
  /** Issues when a request names no authority; the first subordinate of a place becomes it by itself. */
  readonly makeDefault?: boolean
}

/** An authority that waits for its certificate; path length and extensions are wishes in its certification request. */
export type PendingAuthorityRequest = Omit<AuthorityBasics, 'name' | 'subject'> & {
  /** Its id when absent. */
  readonly name?: string
  readonly subject: PassthroughSubject
  readonly csrExtensions?: CsrExtensions
  readonly tags?: Tags
}

export type CsrExtensions = {
  /** keyCertSign and cRLSign among them; digitalSignature besides when absent. */
  readonly keyUsage?: readonly KeyUsage[]
  readonly subjectInfoAccess?: readonly AccessDescription[]
}

/** RFC 5280 §4.2.2.2. */
export type AccessDescription = {
  /** caRepository, rpkiManifest, rpkiNotify, or a dotted OID. */
  readonly method: string
  readonly location: GeneralName
}
