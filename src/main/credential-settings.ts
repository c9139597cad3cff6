import { MINUTE, type Millis } from '../core/domain/time.ts'
import { whole } from './whole-number.ts'

/** How callers prove who they are. */
export const CREDENTIAL_SETTINGS = {
  sigv4SkewMinutes: whole(1, 15).default(5),
} as const

export type CredentialOptions = {
  readonly signatureSkew: Millis
}

export const DEFAULT_CREDENTIALS: CredentialOptions = { signatureSkew: 5 * MINUTE }
