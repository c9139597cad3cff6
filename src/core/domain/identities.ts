import type { AccountId, GroupId, OrganizationId, PolicyId, RoleId, UserId } from './ids.ts'
import { HOUR, SECOND, type Millis } from './time.ts'

/** Key and value, as `aws:PrincipalTag/…` has them. */
export type Tags = Readonly<Record<string, string>>

/** A person or a program with credentials of its own. */
export type User = {
  readonly id: UserId
  readonly account: AccountId
  /** Unique in the account. */
  readonly name: string
  /** The policy beyond which no other one reaches. */
  readonly boundary: PolicyId | undefined
  readonly tags: Tags
  readonly createdAt: Millis
}

/** Users that have policies in common. */
export type Group = {
  readonly id: GroupId
  readonly account: AccountId
  readonly name: string
  readonly createdAt: Millis
}

/** Rights that whom its trust policy names may take on for a while. */
export type AssumableRole = {
  readonly id: RoleId
  readonly account: AccountId
  readonly name: string
  readonly description: string
  /** The trust policy, as it was written. */
  readonly trust: string
  readonly maxSessionSeconds: number
  readonly boundary: PolicyId | undefined
  readonly tags: Tags
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** A policy that an account wrote; documents are in its versions. */
export type ManagedPolicy = {
  readonly id: PolicyId
  readonly account: AccountId
  readonly name: string
  readonly description: string
  /** The version that counts. */
  readonly defaultVersion: number
  /** Highest number ever given; it never goes back. */
  readonly latestVersion: number
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

export type PolicyVersion = {
  readonly policy: PolicyId
  readonly number: number
  /** As it was written. */
  readonly document: string
  readonly createdAt: Millis
}

/** What a policy can be attached to. */
export const HOLDER_KINDS = ['user', 'group', 'role'] as const
export type HolderKind = (typeof HOLDER_KINDS)[number]
export type Holder = { readonly kind: HolderKind; readonly id: UserId | GroupId | RoleId }

/** A policy that somebody has, with the document that counts; of a built-in one the id is its name. */
export type AttachedPolicy = {
  readonly id: PolicyId
  readonly name: string
  readonly document: string | undefined
}

/** Accounts that trust each other so far that shares need no acceptance. */
export type Organization = {
  readonly id: OrganizationId
  readonly managementAccount: AccountId
  readonly createdAt: Millis
}

/** IAM's names: what stands in an ARN without being encoded. */
export const IDENTITY_NAME = /^[\w+=,.@-]{1,64}$/
export const POLICY_NAME = /^[\w+=,.@-]{1,128}$/
/** STS's: a session's name stands in the ARN of whoever acts in it. */
export const SESSION_NAME = /^[\w+=,.@-]{2,64}$/
/** STS's `sts:ExternalId`. */
export const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/

/** Most policies attached to one user, group or role. */
export const MAX_ATTACHED = 20
/** Most groups that a user is in. */
export const MAX_GROUPS = 10
/** Most versions of a policy at a time; IAM's number. */
export const MAX_POLICY_VERSIONS = 5
/** Most access keys of a user: one in use, and the one that takes its place. */
export const MAX_ACCESS_KEYS = 2

/** Sessions, in seconds; STS's bounds. */
export const MIN_SESSION_SECONDS = 900
export const MAX_SESSION_SECONDS = (12 * HOUR) / SECOND
export const DEFAULT_SESSION_SECONDS = HOUR / SECOND
/** A session that was begun in another one lasts this long at most, so that it can't prolong itself without end. */
export const CHAINED_SESSION_SECONDS = HOUR / SECOND
