import type { Revocation } from './certificates.ts'
import type { AccountId, AuthorityId, KeyId, ManagedId, Region, Serial } from './ids.ts'
import type { KeyAlgorithm } from './key-algorithms.ts'
import type { KeyUsage } from './key-usages.ts'
import { DAY, type Millis } from './time.ts'

/** Issued by a private authority; by the installation's own after validation; or brought along. */
export const MANAGED_KINDS = ['private', 'validated', 'imported'] as const
export type ManagedKind = (typeof MANAGED_KINDS)[number]

/** What is stored; that an issued one has expired or was revoked follows from its version that stands. */
export const STORED_MANAGED_STATUSES = [
  'PENDING_VALIDATION',
  'ISSUED',
  'VALIDATION_TIMED_OUT',
  'FAILED',
] as const
export type StoredManagedStatus = (typeof STORED_MANAGED_STATUSES)[number]
export const MANAGED_STATUSES = [...STORED_MANAGED_STATUSES, 'EXPIRED', 'REVOKED'] as const
export type ManagedStatus = (typeof MANAGED_STATUSES)[number]

/** Why a certificate never came to be, or a renewal doesn't get on; AWS's names. */
export const MANAGED_FAILURES = {
  NO_AVAILABLE_CONTACTS: 'no mailbox took the message that asks for approval',
  DOMAIN_VALIDATION_DENIED: 'somebody who reads the domain’s mail rejected the request',
  CAA_ERROR: 'the domain’s CAA records forbid this installation to issue',
  PCA_INVALID_STATE: 'the authority can’t issue in the state that it is in',
  PCA_INVALID_DURATION: 'the authority ends before the certificate would',
  PCA_NAME_CONSTRAINTS_VALIDATION: 'a name is outside the authority’s name constraints',
  PCA_INVALID_ARGS: 'the authority or the profile doesn’t allow such a certificate',
  PCA_RESOURCE_NOT_FOUND: 'the authority is not there any more, or not shared with the account any more',
  PCA_ACCESS_DENIED: 'the authority’s owner doesn’t allow it',
  PCA_REQUEST_FAILED: 'the authority could not issue',
} as const
export type ManagedFailure = keyof typeof MANAGED_FAILURES

export const VALIDATION_METHODS = ['DNS', 'EMAIL', 'HTTP'] as const
export type ValidationMethod = (typeof VALIDATION_METHODS)[number]

export const RENEWAL_STATUSES = ['PENDING_AUTO_RENEWAL', 'PENDING_VALIDATION', 'SUCCESS', 'FAILED'] as const
export type RenewalStatus = (typeof RENEWAL_STATUSES)[number]

/** How a renewal stands; there is none before the first has begun. */
export type Renewal = {
  readonly status: RenewalStatus
  /** What holds it up or made it fail. */
  readonly reason: string | undefined
  readonly updatedAt: Millis
}

/** What a certificate's bytes say that it is found by. */
export type VersionFacts = {
  readonly commonName: string | undefined
  readonly keyUsages: readonly KeyUsage[]
  /** OIDs */
  readonly extendedKeyUsages: readonly string[]
}

/** One certificate of a managed one's line. The first has number 1. */
export type ManagedVersion = {
  readonly managed: ManagedId
  readonly number: number
  /** Who issued it here; undefined for one that was imported. */
  readonly authority: AuthorityId | undefined
  readonly serial: Serial
  readonly key: KeyId
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly createdAt: Millis
  /** Of an imported one: the certificate, and its issuers one after the other, nearest first. */
  readonly imported: { readonly der: Uint8Array; readonly chain: Uint8Array } | undefined
  /** Undefined for one from before they were kept, until a job has read them. */
  readonly facts: VersionFacts | undefined
}

/** Whether a renewal makes a new key. */
export const RENEWAL_KEYS = ['new', 'keep'] as const
export type RenewalKey = (typeof RENEWAL_KEYS)[number]

/** Services of others that a certificate may be requested for, which decides how it may be validated. */
export const MANAGERS = ['cloudfront'] as const
export type Manager = (typeof MANAGERS)[number]

/** A certificate that keeps its ARN for life while what is behind it is renewed. */
export type ManagedCertificate = {
  readonly id: ManagedId
  readonly account: AccountId
  readonly region: Region
  /** Grows with each change: a change is made to the state that it was decided on, or not at all. */
  readonly revision: number
  readonly kind: ManagedKind
  readonly status: StoredManagedStatus
  readonly failure: ManagedFailure | undefined
  /** For whoever has to mend it: what exactly was wrong. */
  readonly failureDetail: string | undefined
  /** Canonical DNS names, the domain name first. */
  readonly names: readonly string[]
  readonly keyAlgorithm: KeyAlgorithm
  /** Who issues it; undefined for an imported one, and for a validated one: the installation's own. */
  readonly authority: AuthorityId | undefined
  readonly profile: string
  /** Of each version; undefined: as many as usual, fewer where the issuer ends sooner. */
  readonly days: number | undefined
  readonly validationMethod: ValidationMethod | undefined
  readonly renewalKey: RenewalKey
  /** Whether its private key may be handed out: chosen when it is requested. */
  readonly exportable: boolean
  /** On whose behalf it was requested, where that is another service. */
  readonly managedBy: Manager | undefined
  readonly tags: Readonly<Record<string, string>>
  readonly createdAt: Millis
  /** Until when validation may take; undefined while none is under way. */
  readonly validateUntil: Millis | undefined
  /** When to look at it next: to validate, to renew. */
  readonly dueAt: Millis | undefined
  /** How many attempts in a row got nowhere: decides how long the next waits. */
  readonly attempts: number
  readonly renewal: Renewal | undefined
  /** The version that stands; undefined before the first. */
  readonly current: ManagedVersion | undefined
  /** The last version whose private key was exported. */
  readonly exportedVersion: number | undefined
  /** Of the version that stands, whoever revoked it. */
  readonly revocation: Revocation | undefined
  /** ARNs of what uses it, in order of their recording. */
  readonly inUseBy: readonly string[]
}

/** As a caller sees it. */
export function managedStatus(
  { status, current, revocation }: ManagedCertificate,
  now: Millis,
): ManagedStatus {
  if (revocation !== undefined) return 'REVOKED'
  return status === 'ISSUED' && current !== undefined && current.notAfter < now ? 'EXPIRED' : status
}

export const domainNameOf = ({ names }: Pick<ManagedCertificate, 'names'>): string => names[0] ?? ''

export const isExported = ({ exportedVersion, current }: ManagedCertificate): boolean =>
  current !== undefined && exportedVersion === current.number

/**
 * Why it isn't renewed by itself; undefined when it is. AWS renews what is in use or was exported since it last changed;
 * here one that has expired is renewed all the same, since what uses it is down until it is.
 */
export function renewalObstacle(certificate: ManagedCertificate, now: Millis): string | undefined {
  if (certificate.kind === 'imported') return 'it was imported: import its successor'
  const status = managedStatus(certificate, now)
  if (status !== 'ISSUED' && status !== 'EXPIRED') return `it is ${status}`
  if (certificate.inUseBy.length === 0 && !isExported(certificate))
    return 'nothing uses it and its key was not exported since it was issued'
  return undefined
}

/** How long before its end renewal begins, at most: contract §7.4. */
const RENEWAL_DAYS = { private: 60, validated: 45 } as const
/** Renewals are spread over this part of the time that is left, so that what was issued together isn't renewed together. */
const JITTER_SHARE = 10

/**
 * When renewal begins: 60 days before the end (private) or 45 (validated), never earlier than with a third of the
 * lifetime left, later by up to a tenth of that.
 * @param spread from 0 to 1, always the same for one version
 */
export function renewalBegins(
  kind: ManagedKind,
  { notBefore, notAfter }: Pick<ManagedVersion, 'notBefore' | 'notAfter'>,
  spread: number,
): Millis {
  const most = RENEWAL_DAYS[kind === 'private' ? 'private' : 'validated'] * DAY
  const ahead = Math.min(most, (notAfter - notBefore) / 3)
  return Math.round(notAfter - ahead + (ahead / JITTER_SHARE) * spread)
}

/** AWS's quotas. */
export const MAX_TAGS = 50
export const MAX_TAG_KEY = 128
export const MAX_TAG_VALUE = 256
export const MAX_ASSOCIATIONS = 100
/** As ACM has them (contract §7.4). */
export const DEFAULT_MANAGED_DAYS = { private: 395, validated: 198 } as const
