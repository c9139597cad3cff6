import type { Millis } from '../domain/time.ts'

/** What a request with a key made. */
export type IdempotencyRecord = {
  /** Hash over account, region, principal, operation, authority and the caller's key. */
  readonly scope: Uint8Array
  /** Hash of the request body in canonical form. */
  readonly request: Uint8Array
  /** Id of what was made. */
  readonly resource: string
  readonly createdAt: Millis
}
