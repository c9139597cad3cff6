import type { AuthorityKind, UsageMode } from '../../domain/authorities.ts'
import type { AuthorityId } from '../../domain/ids.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from '../../domain/key-algorithms.ts'
import type { KmsName } from '../../domain/kms.ts'
import type { NameConstraints, SubjectFields } from '../../domain/names.ts'
import type { ValidityRequest } from '../../domain/validity.ts'
import type { CertificatePolicy } from '../../x509/extensions.ts'
import type { IdempotencyInput } from '../idempotency.ts'

export type CreateAuthorityRequest = {
  /** Its id, where that must be known before; drawn when absent. */
  readonly id?: AuthorityId
  readonly kind: AuthorityKind
  /** Id, name or ARN; required for a subordinate, refused for a root. */
  readonly parent?: string
  readonly name: string
  readonly subject: SubjectFields
  readonly keyAlgorithm?: KeyAlgorithm
  /** How it signs; what is usual for its key when absent. */
  readonly signatureAlgorithm?: SignatureAlgorithm
  /** Where its key is kept; the installation's KMS when absent. */
  readonly kms?: KmsName
  /** GENERAL_PURPOSE when absent. */
  readonly usageMode?: UsageMode
  readonly validity?: ValidityRequest
  /** How many more authorities may stand below it; a subordinate's default is 0: it issues leaves only. */
  readonly pathLength?: number
  readonly nameConstraints?: NameConstraints
  /** Policies that certificates below may have, by their OIDs; for a subordinate. */
  readonly policies?: readonly CertificatePolicy[]
  /** Purposes that certificates below may have, by name or OID; for a subordinate. */
  readonly extendedKeyUsages?: readonly string[]
  readonly crlDays?: number
  /** Issues when a request names no authority; the first subordinate of a place becomes it by itself. */
  readonly makeDefault?: boolean
  readonly idempotency?: IdempotencyInput
}
