import { ChanceryError } from '../errors.ts'

/** What can be wrong with a signed request: each face says it in its own words, from this. */
export const SIGNATURE_FAULTS = [
  'incomplete', // a part of the credential is missing, malformed or there twice
  'unsigned_header', // a header that counts isn't covered by the signature
  'scope', // another date, region or service in the scope than in the request
  'not_current', // outside the window
  'payload', // the body isn't the one that was signed, or wasn't signed at all
  'key', // unknown or disabled key, or not with this session token
  'expired_token', // the key of a session that has ended
  'mismatch', // another signature
] as const
export type SignatureFault = (typeof SIGNATURE_FAULTS)[number]

/** An `unauthenticated` about a signature; `details.signature` says which fault. Never quotes a secret or a token. */
export const signatureRefused = (signature: SignatureFault, message: string): ChanceryError =>
  new ChanceryError('unauthenticated', message, { details: { signature } })
