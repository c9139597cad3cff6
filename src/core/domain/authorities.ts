import type { KeyStorageStandard } from './key-storage-standards.ts'
import type { Tags } from './identities.ts'
import type { AccountId, AuthorityId, KeyId, Region, Serial } from './ids.ts'
import type { KeyAlgorithm, SignatureAlgorithm } from './key-algorithms.ts'
import type { NameConstraints } from './names.ts'
import type { RevocationConfiguration } from './revocation-configuration.ts'
import type { ServicePermission } from './share-permissions.ts'
import type { Millis } from './time.ts'
import { SHORT_LIVED_DAYS, type UsageMode } from './usage-modes.ts'

export const AUTHORITY_KINDS = ['root', 'subordinate'] as const
export type AuthorityKind = (typeof AUTHORITY_KINDS)[number]

/** What stands as the profile of an authority's own certificate. */
export const authorityProfile = (kind: AuthorityKind): string => `${kind}-authority`
/** The profile of a certificate for an authority's key by another one than its parent. */
export const CROSS_PROFILE = 'cross-certificate'
export const AUTHORITY_PROFILES: ReadonlySet<string> = new Set([
  ...AUTHORITY_KINDS.map(authorityProfile),
  CROSS_PROFILE,
])

/** As stored; EXPIRED is derived from the certificate's notAfter and never stored. */
export const AUTHORITY_STATUSES = [
  'CREATING',
  'PENDING_CERTIFICATE',
  'ACTIVE',
  'DISABLED',
  'FAILED',
  'DELETED',
] as const
export type StoredAuthorityStatus = (typeof AUTHORITY_STATUSES)[number]
export type AuthorityStatus = StoredAuthorityStatus | 'EXPIRED'

/** AUTOMATIC: its parent renews its certificate in time. Anything else is done by hand, or by a rotation. */
export const RENEWAL_POLICIES = ['AUTOMATIC', 'MANUAL'] as const
export type RenewalPolicy = (typeof RENEWAL_POLICIES)[number]

/**
 * What CAA records (RFC 8659) about the DNS names of its certificates count for: nothing; a warning with the certificate;
 * or as much as for what is trusted in public, a name that CAA refuses or that it can't be asked about gets none.
 */
export const CAA_MODES = ['OFF', 'LOG', 'ENFORCE'] as const
export type CaaMode = (typeof CAA_MODES)[number]

/** Longest life in days of what an authority issues, a subordinate's certificate too; undefined where nothing but its own end limits it. */
export const longestDays = ({ usageMode }: Pick<Authority, 'usageMode'>): number | undefined =>
  usageMode === 'SHORT_LIVED_CERTIFICATE' ? SHORT_LIVED_DAYS : undefined

export const FAILURE_REASONS = ['REQUEST_TIMED_OUT', 'UNSUPPORTED_ALGORITHM', 'OTHER'] as const
export type FailureReason = (typeof FAILURE_REASONS)[number]

export type Authority = {
  readonly id: AuthorityId
  readonly account: AccountId
  readonly region: Region
  /** For people; unique within account and region among those that are neither DELETED nor FAILED. */
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
  /** Profiles and templates by name, the only ones that it issues under; undefined: it isn't limited. */
  readonly allowedProfiles?: readonly string[] | undefined
  readonly revocation: RevocationConfiguration
  /** No certificate that names its complete CRL ends later, since new ones name none, or a shard's. */
  readonly completeCrlUntil: Millis | undefined
  readonly usageMode: UsageMode
  /** Why it is FAILED. */
  readonly failureReason: FailureReason | undefined
  /** While DELETED: what it was before, to which a restore returns it, and until when that can be done. */
  readonly deletion:
    | {
        readonly from: StoredAuthorityStatus
        readonly restorableUntil: Millis
        /** When its key was destroyed. */
        readonly purgedAt: Millis | undefined
      }
    | undefined
  /** PKCS#10 for whoever signs its certificate outside; kept as it was given out. */
  readonly csrDer: Uint8Array | undefined
  /** Issuers that aren't authorities of this installation: nearest first, root last; DER, one after the other. */
  readonly externalChain: Uint8Array | undefined
  /** Who issues in its place since it was rotated. */
  readonly successor: AuthorityId | undefined
  readonly renewal: RenewalPolicy
  readonly caa: CaaMode
  /** What managed certificates of its account may ask of it; undefined: nothing. */
  readonly servicePermission?: ServicePermission | undefined
  readonly tags: Tags
  /** What was asked of the storage of its key; undefined: nothing. */
  readonly keyStorageStandard?: KeyStorageStandard | undefined
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

/** EXPIRED whether it is ACTIVE or DISABLED underneath; DELETED and FAILED win. */
export const authorityStatus = (authority: Authority, now: Millis): AuthorityStatus =>
  authority.certificate !== undefined &&
  authority.certificate.notAfter < now &&
  (authority.status === 'ACTIVE' || authority.status === 'DISABLED')
    ? 'EXPIRED'
    : authority.status

/**
 * The authority here under which a certificate of this one is on record: its parent, itself for a root, and none where
 * somebody outside has signed it. Its serial is unique among that one's certificates only.
 */
export const certifierOf = ({ id, kind, parent }: Authority): AuthorityId | undefined =>
  parent ?? (kind === 'root' ? id : undefined)
