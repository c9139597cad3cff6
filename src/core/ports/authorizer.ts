import type { AccountId } from '../domain/ids.ts'

/** A request whose credential nobody here knows, as somebody outside is asked about it. */
export type AuthorizerQuestion = {
  readonly requestId: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** The headers that are configured, and no others; values by name in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly sourceAddress: string
  readonly listener: string
  readonly region: string
}

export type AuthorizerVerdict =
  | {
      readonly outcome: 'known'
      /** Whom the audit trail shall name. */
      readonly principal: string
      readonly account: AccountId
      /** A role of the account; or a policy of IAM's language, as text. */
      readonly grant: { readonly role: string } | { readonly policy: string }
      /** Seconds for which the same headers mean the same. */
      readonly ttlSeconds: number
    }
  | { readonly outcome: 'refused' }
  /** For the log; never what the other side sent. */
  | { readonly outcome: 'failed'; readonly reason: string }

/** Somebody outside, whom the operator named, who says who callers are that prove it in a way of their own. */
export type Authorizer = {
  /** Names in lower case of the headers that say who somebody is. */
  readonly headers: readonly string[]
  /** Never rejects. */
  ask(question: AuthorizerQuestion): Promise<AuthorizerVerdict>
}
