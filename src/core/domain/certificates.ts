import type { AccountId, AuthorityId, KeyId, Region, Serial } from './ids.ts'
import type { ShardId } from './crl-scopes.ts'
import type { RevocationReason } from './revocation.ts'
import type { Millis } from './time.ts'

/**
 * `signing`: recorded, the signature isn't stored yet. `abandoned`: it never will be; counts as revoked. `archived`: issued,
 * and in a file since, with what isn't here any more: the certificate, its region and its warnings.
 */
export const CERTIFICATE_STATES = ['signing', 'issued', 'abandoned', 'archived'] as const
export type CertificateState = (typeof CERTIFICATE_STATES)[number]

/** What a caller sees: derived from state, revocation and the calendar. */
export const CERTIFICATE_STATUSES = ['valid', 'not_yet_valid', 'expired', 'revoked'] as const
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number]

export type Revocation = {
  readonly revokedAt: Millis
  readonly reason: RevocationReason
}

export type Certificate = {
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly account: AccountId
  readonly region: Region
  readonly state: CertificateState
  /** The certificate; while `signing`, the bytes to be signed; of an archived one nothing. */
  readonly der: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly issuedAt: Millis
  /** Set when the service made the key. */
  readonly key: KeyId | undefined
  readonly profile: string
  /** Lint warnings recorded with it, `rule: message`. */
  readonly warnings: readonly string[]
  readonly revocation: Revocation | undefined
  /** Whose CRL it names; undefined: the complete one, or none. */
  readonly shard?: ShardId | undefined
  /** Whose authority issued it, where that is another account. */
  readonly lender?: AccountId | undefined
  /** While `archived`: its number among archived certificates, from 1. */
  readonly archived?: number
}

/** Where the authority is that issued it: what its ARN names. Shares stay within a region. */
export const issuerPlaceOf = ({
  account,
  region,
  lender,
}: Pick<Certificate, 'account' | 'region' | 'lender'>): {
  readonly account: AccountId
  readonly region: Region
} => ({ account: lender ?? account, region })

/** A revocation wins over expiry: whoever looks wants to know that it was revoked. */
export function certificateStatus(certificate: Certificate, now: Millis): CertificateStatus {
  if (certificate.revocation !== undefined || certificate.state === 'abandoned') return 'revoked'
  if (certificate.notAfter < now) return 'expired'
  return certificate.notBefore > now ? 'not_yet_valid' : 'valid'
}
