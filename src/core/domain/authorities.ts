import type { AccountId, AuthorityId, KeyId, Region, Serial } from './ids.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from './key-algorithms.ts'
import type { NameConstraints } from './names.ts'
import type { Millis } from './time.ts'

export const AUTHORITY_KINDS = ['root', 'subordinate'] as const
export type AuthorityKind = (typeof AUTHORITY_KINDS)[number]

/** What stands as the profile of an authority's own certificate. */
export const authorityProfile = (kind: AuthorityKind): string => `${kind}-authority`
export const AUTHORITY_PROFILES: ReadonlySet<string> = new Set(AUTHORITY_KINDS.map(authorityProfile))

/** As stored; EXPIRED is derived from the certificate's notAfter and never stored. */
export const AUTHORITY_STATUSES = ['CREATING', 'ACTIVE', 'DISABLED', 'FAILED'] as const
export type StoredAuthorityStatus = (typeof AUTHORITY_STATUSES)[number]
export type AuthorityStatus = StoredAuthorityStatus | 'EXPIRED'

export type Authority = {
  readonly id: AuthorityId
  readonly account: AccountId
  readonly region: Region
  /** Unique within account and region; for people. */
  readonly name: string
  readonly kind: AuthorityKind
  readonly parent: AuthorityId | undefined
  readonly status: StoredAuthorityStatus
  readonly key: KeyId
  readonly keyAlgorithm: KeyAlgorithm
  readonly signatureAlgorithm: SignatureAlgorithm
  /** RFC 4514 text. */
  readonly subject: string
  readonly pathLength: number | undefined
  readonly nameConstraints: NameConstraints | undefined
  /** Days from thisUpdate to nextUpdate of its CRLs. */
  readonly crlDays: number
  /** The one that issues when a request names none. */
  readonly isDefault: boolean
  readonly createdAt: Millis
  /** Undefined until it is active. */
  readonly certificate:
    | {
        readonly der: Uint8Array
        readonly serial: Serial
        readonly notBefore: Millis
        readonly notAfter: Millis
      }
    | undefined
}

export const authorityStatus = (authority: Authority, now: Millis): AuthorityStatus =>
  authority.certificate !== undefined && authority.certificate.notAfter < now && authority.status !== 'FAILED'
    ? 'EXPIRED'
    : authority.status
