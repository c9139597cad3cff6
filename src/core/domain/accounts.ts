import type { AccountId, TokenId } from './ids.ts'
import type { Role } from './policies/built-in.ts'
import type { Millis } from './time.ts'

export type Account = { readonly id: AccountId; readonly name: string; readonly createdAt: Millis }

/** A bearer token; only its hash is stored. */
export type Token = {
  readonly id: TokenId
  readonly account: AccountId
  readonly name: string
  readonly role: Role
  readonly installation: boolean
  readonly createdAt: Millis
  readonly expiresAt: Millis | undefined
  readonly revokedAt: Millis | undefined
}
