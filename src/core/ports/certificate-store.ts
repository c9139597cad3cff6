import type { Certificate } from '../domain/certificates.ts'
import type { ShardId } from '../domain/crl-scopes.ts'
import type { AccountId, AuthorityId, CertificateId, KeyId, Region, Serial } from '../domain/ids.ts'
import type { SpkiHash } from '../domain/compromised-keys.ts'
import type { RevocationReason } from '../domain/revocation.ts'
import type { Millis } from '../domain/time.ts'
import type { CertificateFilter, FoundCertificate } from './certificate-search.ts'
import type { ForeignCertificate } from './foreign-records.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

export type SigningIntent = {
  readonly authority: AuthorityId
  readonly serial: Serial
  readonly account: AccountId
  readonly region: Region
  /** The bytes about to be signed. */
  readonly tbs: Uint8Array
  readonly notBefore: Millis
  readonly notAfter: Millis
  readonly issuedAt: Millis
  readonly key: KeyId | undefined
  readonly profile: string
  readonly warnings: readonly string[]
  /** SHA-256 of the SubjectPublicKeyInfo: what its certificates are found by. */
  readonly spkiSha256: Uint8Array
  /** Whose CRL it names; undefined: the complete one, or none. */
  readonly shard?: ShardId | undefined
  /** Whose authority it is, where that is another account. */
  readonly lender?: AccountId | undefined
}

export type CertificateWrites = {
  /**
   * Records what is about to be signed, under this server's lease. Conflict `exists` when the serial is taken;
   * `refused` when the key is marked compromised for the account: a mark that is durable is passed by nothing.
   */
  reserve(intent: SigningIntent): Write
  /** From `signing` to `issued`, only under this server's own live lease; conflict `stale` otherwise. */
  publish(authority: AuthorityId, serial: Serial, certificateDer: Uint8Array, names: readonly string[]): Write
  /** From `signing` to `abandoned` and revoked, when it is this server's or its lease has lapsed; conflict `stale` otherwise. */
  abandon(authority: AuthorityId, serial: Serial, at: Millis): Write
  /** Conflict `exists` when it is revoked already. */
  revoke(certificate: Certificate, reason: RevocationReason, at: Millis): Write
  /** Fills in what a row older than the index, or imported, lacks; a mark of its key isn't complete any more. */
  setKeyHash(certificate: Pick<Certificate, 'authority' | 'serial'>, spkiSha256: Uint8Array): Write
  /** Once or again; conflict `exists` when another certificate, or one being signed, has the serial. */
  import(certificate: ForeignCertificate): Write
}

export type CertificateReads = {
  /** Of its owner. */
  get(place: Place, id: CertificateId): Promise<Certificate | undefined>
  /** Of its owner, or of the owner of the authority that issued it. */
  visible(place: Place, id: CertificateId): Promise<Certificate | undefined>
  search(
    place: Place,
    filter: CertificateFilter,
    now: Millis,
    page: PageRequest,
  ): Promise<Page<FoundCertificate>>
  /** Those of any place that have the serial, each of another authority. */
  withSerial(serial: Serial): Promise<readonly Certificate[]>
  /** What stands under a serial of an authority, whatever its state, for whoever may know. */
  recorded(authority: AuthorityId, serial: Serial): Promise<Certificate | undefined>
  /** At most `limit` intents whose lease has lapsed by `systemNow`. */
  lapsed(systemNow: Millis, limit: number): Promise<readonly Certificate[]>
  /**
   * What a revocation would still change about certificates with this key: not expired at `now`, not revoked, being
   * signed included; of one account or of all, in order of `row`.
   */
  withKey(
    spki: SpkiHash,
    account: AccountId | undefined,
    now: Millis,
    after: number,
    limit: number,
  ): Promise<readonly { readonly row: number; readonly certificate: Certificate }[]>
  /** Rows older than the index of keys. */
  withoutKeyHash(limit: number): Promise<readonly Certificate[]>
}
