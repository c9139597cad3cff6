import type { AccountId, AuthorityId, Region, Serial } from '../domain/ids.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'

/** A certificate that an authority signed before it, or this record of it, came here. */
export type ForeignCertificate = {
  readonly account: AccountId
  readonly region: Region
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly der: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
  /** When it was taken up. */
  readonly importedAt: Millis
  readonly profile: string
  /** Search keys, see domain/search-keys.ts. */
  readonly names: readonly string[]
}

/** A revocation from a CRL or from another program's records; of a certificate that need not be here. */
export type ForeignRevocation = {
  readonly account: AccountId
  readonly region: Region
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly revokedAt: Millis
  readonly reason: RevocationReason
  /** When the certificate ends, for one that isn't here; how long its entry stays in CRLs. */
  readonly notAfter: Millis
}

/** A return to a backup: what happened after `backupAt` and before `restoredAt` is not in the database. */
export type Restore = {
  readonly backupAt: Millis
  readonly restoredAt: Millis
  /** Head of the audit chain in the backup. */
  readonly auditHead: { readonly id: number; readonly hash: Uint8Array }
  readonly acknowledgedAt: Millis | undefined
}
