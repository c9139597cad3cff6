import type { AccountId, RoleId, TokenId, UserId } from './ids.ts'
import type { Role } from './policies/built-in.ts'
import type { Millis } from './time.ts'

export type Account = { readonly id: AccountId; readonly name: string; readonly createdAt: Millis }

/** When a token got another secret, and until when the one before works besides. */
export type TokenRotation = { readonly at: Millis; readonly previousUntil: Millis }

/** A bearer token; only its hash is stored. It has a fixed role, or acts as a user, or as a role. */
export type Token = {
  readonly id: TokenId
  readonly account: AccountId
  readonly name: string
  readonly role: Role | undefined
  readonly user?: UserId
  readonly assumes?: { readonly role: RoleId; readonly session: string }
  /** A policy beyond which its rights don't reach, as it was written. */
  readonly scope?: string
  readonly installation: boolean
  readonly createdAt: Millis
  readonly expiresAt: Millis | undefined
  readonly revokedAt: Millis | undefined
  readonly rotation?: TokenRotation
}
