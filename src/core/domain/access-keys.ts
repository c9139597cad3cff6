import type { AccessKeyId, AccountId, RoleId, UserId } from './ids.ts'
import type { StoredSecret } from './keys.ts'
import type { Facts } from './policies/decide.ts'
import type { Millis } from './time.ts'

export const ACCESS_KEY_STATUSES = ['ACTIVE', 'INACTIVE'] as const
export type AccessKeyStatus = (typeof ACCESS_KEY_STATUSES)[number]

/** Whose key it is: a user's, for as long as it is there, or a session's in a role. */
export type AccessKeyHolder =
  | { readonly kind: 'user'; readonly user: UserId }
  | {
      readonly kind: 'session'
      readonly role: RoleId
      readonly session: string
      /** Session policies, as they were written; undefined: no limit. */
      readonly policies: readonly string[] | undefined
      /** What conditions may ask about whoever began it, such as `aws:federatedprovider`. */
      readonly facts: Facts
      /** SHA-256 of the session token, which each request must carry besides; the token itself is stored nowhere. */
      readonly tokenHash: Uint8Array
    }

/** When and for what a key was used last; noted behind the requests, up to a minute later. */
export type AccessKeyUse = { readonly at: Millis; readonly service: string; readonly region: string }

/** A key that requests are signed with (AWS Signature Version 4). */
export type AccessKey = {
  /** `AKIA…` of a user, `ASIA…` of a session. */
  readonly id: AccessKeyId
  readonly account: AccountId
  readonly holder: AccessKeyHolder
  readonly status: AccessKeyStatus
  readonly createdAt: Millis
  readonly expiresAt: Millis | undefined
  readonly lastUse: AccessKeyUse | undefined
}

/**
 * With its secret, as a verifier needs it. Sealed is the text `AWS4` and the secret, which is where Signature Version 4's
 * chain of HMACs begins: `vault.mac(sealedSecret, date)` is its first link, and the secret never leaves the vault.
 */
export type SealedAccessKey = AccessKey & { readonly sealedSecret: StoredSecret }

/** What stands before the secret in the key of the first HMAC (AWS Signature Version 4, "derive a signing key"). */
export const SIGNING_PREFIX = 'AWS4'

const ACCESS_KEY_ID = /^(?:AKIA|ASIA)[A-Z2-7]{16}$/
/** Ids that a bootstrap file may give: AWS's own, and what other people's fixtures use. */
const GIVEN_ACCESS_KEY_ID = /^[A-Z0-9]{16,128}$/
/** 40 characters, as AWS draws them; those that are given may be longer, so that nobody needs a weak one. */
const GIVEN_SECRET = /^[\x21-\x7e]{40,128}$/

/** Whether a text can be the id of a key of this installation. */
export const isAccessKeyId = (text: string): text is AccessKeyId =>
  ACCESS_KEY_ID.test(text) || GIVEN_ACCESS_KEY_ID.test(text)
export const isGivenSecret = (text: string): boolean => GIVEN_SECRET.test(text)
