import type { Account, Token, TokenRotation } from '../domain/accounts.ts'
import type { AuditEvent } from '../domain/audit.ts'
import type { CompromisedKey, SpkiHash } from '../domain/compromised-keys.ts'
import type { CustomProfile } from '../domain/profiles.ts'
import type { AccountId, KeyId, TokenId } from '../domain/ids.ts'
import type { Kek, StoredKey } from '../domain/keys.ts'
import type { Millis } from '../domain/time.ts'
import type { AuditReads, AuditWrites } from './audit-store.ts'
import type { CertificateArchiveReads, CertificateArchiveWrites } from './certificate-archive-store.ts'
import type { ApprovalReads, ApprovalWrites } from './approval-store.ts'
import type { AuthorityFilter, AuthorityReads } from './authority-reads.ts'
import type { AuthorityWrites } from './authority-writes.ts'
import type { CredentialReads, CredentialWrites } from './credential-store.ts'
import type { CertificateFilter, FoundCertificate } from './certificate-search.ts'
import type { CertificateReads, CertificateWrites, SigningIntent } from './certificate-store.ts'
import type { IdempotencyRecord } from './idempotency-record.ts'
import type { CrlReads, CrlWrites } from './crl-store.ts'
import type { EventReads, EventWrites } from './event-store.ts'
import type { ManagedOptionsReads, ManagedOptionsWrites } from './managed-options-store.ts'
import type { ManagedReads, ManagedWrites } from './managed-store.ts'
import type { OcspReads, OcspWrites } from './ocsp-store.ts'
import type { MailboxReads, MailboxWrites } from './mailbox-store.ts'
import type { WebhookReads, WebhookWrites } from './webhook-store.ts'
import type { Page, PageRequest } from './page.ts'
import type {
  RevocationReads,
  RevocationWrites,
  RevokedEntry,
  WithdrawnRevocation,
} from './revocation-store.ts'
import type { BucketReads, BucketWrites } from './bucket-store.ts'
import type { OutgoingObjectReads, OutgoingObjectWrites } from './outgoing-object-store.ts'
import type { ReportReads, ReportWrites } from './report-store.ts'
import type { RepositoryReads, RepositoryWrites } from './repository-store.ts'
import type { RateCounterReads, RateCounterWrites } from './rate-counter-store.ts'
import type { RotationReads, RotationWrites } from './rotation-store.ts'
import type { ShardReads, ShardWrites } from './shard-store.ts'
import type { ShareReads, ShareWrites } from './share-store.ts'
import type { StackReads, StackWrites } from './stack-store.ts'
import type { ZoneReads, ZoneWrites } from './zone-store.ts'
import type { AccessKeyReads, AccessKeyWrites } from './access-key-store.ts'
import type { IdentityReads, IdentityWrites } from './identity-store.ts'
import type { OrganizationReads, OrganizationWrites } from './organization-store.ts'
import type { Place, Write } from './write.ts'
import type { Restore } from './foreign-records.ts'

export type { CertificateFilter, FoundCertificate, IdempotencyRecord, SigningIntent }
export type { AuthorityFilter, Page, PageRequest, Place, RevokedEntry, WithdrawnRevocation, Write }

/**
 * The database behind two gates. `reads` sees committed data only. `transact` takes a list of writes, each with its
 * preconditions, and makes all of them durable or none: the callback only builds the list, so nothing can be awaited
 * while a writer waits. Concurrent calls share commits; each stands or falls alone.
 */
export type Store = {
  readonly reads: Reads
  /**
   * Resolves after COMMIT. @throws StoreConflict when a precondition failed (nothing of this call is stored),
   * ChanceryError `unavailable` when the commit itself failed
   */
  transact(build: (writes: Writes) => readonly Write[]): Promise<void>
  /**
   * What is read from now on is no older than now. Called as each request comes in, which is then answered by nothing
   * that was read before it.
   */
  refresh(): void
}

export type Writes = RotationWrites &
  IdentityWrites &
  AccessKeyWrites &
  OrganizationWrites &
  CredentialWrites &
  CrlWrites &
  RepositoryWrites &
  RateCounterWrites &
  RevocationWrites &
  ShardWrites &
  ShareWrites &
  StackWrites &
  ReportWrites &
  BucketWrites &
  OutgoingObjectWrites &
  OcspWrites &
  ApprovalWrites &
  AuditWrites &
  CertificateArchiveWrites &
  EventWrites &
  WebhookWrites &
  ManagedWrites &
  ManagedOptionsWrites &
  ZoneWrites &
  MailboxWrites & {
    readonly settings: {
      /** Conflict `exists` when it is set already. */
      put(name: string, value: string): Write
      /** Whether it was set or not. */
      set(name: string, value: string): Write
    }
    readonly accounts: {
      /** Conflict `exists`. */
      add(account: Account): Write
    }
    readonly tokens: {
      add(token: Token, hash: Uint8Array): Write
      /** Conflict `stale` when there is no such live token of the account. */
      revoke(account: AccountId, id: TokenId, at: Millis): Write
      /** Another secret, which `token`'s lives on beside for a while; conflict `stale` when it isn't live, or rotated since. */
      rotate(token: Token, hash: Uint8Array, rotation: TokenRotation, expiresAt: Millis | undefined): Write
    }
    readonly keys: {
      add(key: StoredKey): Write
      /** Puts an envelope whose data key was wrapped anew in place of `from`; conflict `stale` when it isn't there. */
      rewrap(from: StoredKey, to: StoredKey): Write
      /** Nothing that it sealed or signed can be opened or made again. Conflict `stale` when there is none. */
      destroy(id: KeyId): Write
    }
    readonly authorities: AuthorityWrites
    readonly profiles: {
      /** Conflict `exists` when the place has a profile of that name. */
      add(profile: CustomProfile): Write
      /** Replaces the version before `profile`'s; conflict `stale` when that isn't the one that stands. */
      replace(profile: CustomProfile): Write
      /** Conflict `stale` when it isn't there in that version, or when an authority of the place names it. */
      remove(profile: CustomProfile): Write
    }
    readonly certificates: CertificateWrites
    readonly compromisedKeys: {
      /** Marks it; one that the account has marked before counts as new, and holds everywhere if either does. */
      mark(key: CompromisedKey): Write
      /** As the file has them: those that are marked already stay as they are. */
      addFromFile(hashes: readonly SpkiHash[], at: Millis): Write
      dropFromFile(hashes: readonly SpkiHash[]): Write
      /** Every certificate with this key is revoked. */
      settle(key: Pick<CompromisedKey, 'spki' | 'account'>, at: Millis): Write
    }
    readonly restores: {
      add(restore: Restore): Write
      /** Every one that wasn't yet. */
      acknowledge(at: Millis): Write
    }
    readonly leases: {
      /** Takes or prolongs a lease; conflict `stale` while another owner's is live. */
      take(name: string, owner: string, systemNow: Millis, until: Millis): Write
      release(name: string, owner: string): Write
      /** Of servers that are no more, since their database is another one now. */
      releaseAll(): Write
    }
    readonly idempotency: {
      /** Conflict `idempotency` when the scope has a record. */
      add(record: IdempotencyRecord): Write
      /** Replaces a record whose resource was abandoned; conflict `idempotency` when it changed meanwhile. */
      replace(record: IdempotencyRecord, abandoned: string): Write
      dropOlderThan(time: Millis): Write
    }
    readonly audit: {
      append(event: AuditEvent): Write
    }
  }

export type WrappedKey = { readonly sequence: number; readonly key: StoredKey }

export type Reads = RotationReads &
  IdentityReads &
  AccessKeyReads &
  OrganizationReads &
  CredentialReads &
  CrlReads &
  RepositoryReads &
  RateCounterReads &
  RevocationReads &
  ShardReads &
  ShareReads &
  StackReads &
  ReportReads &
  BucketReads &
  OutgoingObjectReads &
  OcspReads &
  ApprovalReads &
  AuditReads &
  CertificateArchiveReads &
  EventReads &
  WebhookReads &
  ManagedReads &
  ManagedOptionsReads &
  ZoneReads &
  MailboxReads & {
    /**
     * Grows with every change to something that is cached: authorities, profiles, keys, tokens. Read once in a turn of the
     * event loop; never older than the last commit of this store, or the last `refresh`.
     */
    generation(): Promise<number>
    readonly settings: { get(name: string): Promise<string | undefined> }
    readonly accounts: {
      get(id: AccountId): Promise<Account | undefined>
      list(page: PageRequest): Promise<Page<Account>>
    }
    readonly tokens: {
      /** By what it is, or was before it was rotated; then it ends when that does. */
      byHash(hash: Uint8Array): Promise<Token | undefined>
      get(account: AccountId, id: TokenId): Promise<Token | undefined>
      list(account: AccountId, page: PageRequest): Promise<Page<Token>>
      /** Whether any live token is an administrator of the installation. */
      hasAdministrator(now: Millis): Promise<boolean>
    }
    readonly keys: {
      get(id: KeyId): Promise<StoredKey | undefined>
      /** Every key-encryption key that wraps one. */
      keks(): Promise<readonly Kek[]>
      /** How many it wraps; lets other work in between, since they may be millions. */
      count(kek: Kek): Promise<number>
      /** What it wraps, in pages by a sequence of no meaning. */
      under(kek: Kek, afterSequence: number, limit: number): Promise<readonly WrappedKey[]>
    }
    readonly authorities: AuthorityReads
    readonly profiles: {
      byName(place: Place, name: string): Promise<CustomProfile | undefined>
      list(place: Place, page: PageRequest): Promise<Page<CustomProfile>>
      /** Names of the place's authorities whose lists of allowed profiles have the name. */
      namedBy(place: Place, name: string): Promise<readonly string[]>
    }
    readonly certificates: CertificateReads
    readonly compromisedKeys: {
      /** Whether a certificate for this key is refused in the account. */
      refuses(account: AccountId, spki: SpkiHash): Promise<boolean>
      /** As the account marked it; without an account, as whoever marked it first. */
      get(spki: SpkiHash, account: AccountId | undefined): Promise<CompromisedKey | undefined>
      /** Newest first; of one account or of all. */
      list(account: AccountId | undefined, page: PageRequest): Promise<Page<CompromisedKey>>
      /** Those whose certificates aren't all revoked yet. */
      unsettled(limit: number): Promise<readonly CompromisedKey[]>
      /** Hashes that came from the file, in their order. */
      ofFile(after: SpkiHash | undefined, limit: number): Promise<readonly SpkiHash[]>
    }
    readonly restores: {
      /** Oldest first. */
      all(): Promise<readonly Restore[]>
    }
    readonly idempotency: { get(scope: Uint8Array): Promise<IdempotencyRecord | undefined> }
  }
