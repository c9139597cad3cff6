import type {
  Authority,
  CaaMode,
  FailureReason,
  RenewalPolicy,
  StoredAuthorityStatus,
} from '../domain/authorities.ts'
import type { Tags } from '../domain/identities.ts'
import type { AuthorityId, Serial } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { RevocationConfiguration } from '../domain/revocation-configuration.ts'
import type { Place, Write } from './write.ts'

/** A certificate that somebody else signed, and what it says about the authority. */
export type Certification = Pick<Authority, 'parent' | 'externalChain' | 'pathLength' | 'nameConstraints'> & {
  readonly certificate: NonNullable<Authority['certificate']>
}

/** Writes about authorities. Each tells every process to look again. */
export type AuthorityWrites = {
  /** Under this server's lease while it is CREATING. Conflict `exists` when an authority of the place holds the name. */
  add(authority: Authority): Write
  /** From CREATING to ACTIVE with its certificate; conflict `stale` otherwise. */
  activate(id: AuthorityId, certificate: NonNullable<Authority['certificate']>): Write
  /** From CREATING to PENDING_CERTIFICATE, only under this server's own lease; conflict `stale` otherwise. */
  complete(id: AuthorityId, csrDer: Uint8Array): Write
  /** From CREATING to FAILED, when it is this server's or its lease has lapsed; conflict `stale` otherwise. */
  fail(id: AuthorityId, reason: FailureReason): Write
  /** Unless it has a request already. */
  keepCsr(id: AuthorityId, csrDer: Uint8Array): Write
  /** Gives it a certificate from outside in place of any other; compare-and-set of the status, conflict `stale`. */
  certify(
    id: AuthorityId,
    from: StoredAuthorityStatus,
    to: StoredAuthorityStatus,
    certification: Certification,
  ): Write
  /** To DELETED, and no default any more; compare-and-set, conflict `stale`. */
  delete(id: AuthorityId, from: StoredAuthorityStatus, restorableUntil: Millis): Write
  /** Leaves nothing of it; compare-and-set, conflict `stale`. */
  remove(id: AuthorityId, from: StoredAuthorityStatus): Write
  /** From DELETED to what it was; conflict `stale` otherwise, `exists` when another holds the name. */
  restore(id: AuthorityId, name: string): Write
  /** A deleted one's key is destroyed; conflict `stale` unless it is DELETED and has its key. */
  purge(id: AuthorityId, at: Millis): Write
  /** Compare-and-set; conflict `stale`. */
  setStatus(id: AuthorityId, from: StoredAuthorityStatus, to: StoredAuthorityStatus): Write
  /**
   * Another certificate for the same key; `parent` is who signed it, undefined for a root itself. Conflict `stale`
   * when its certificate isn't the one with the serial `from` any more.
   */
  recertify(
    id: AuthorityId,
    from: Serial,
    certificate: NonNullable<Authority['certificate']> & { readonly parent: AuthorityId | undefined },
  ): Write
  /** Who issues in its place; compare-and-set, conflict `stale`. */
  setSuccessor(id: AuthorityId, from: AuthorityId | undefined, to: AuthorityId | undefined): Write
  setRenewal(id: AuthorityId, policy: RenewalPolicy): Write
  setCaa(id: AuthorityId, mode: CaaMode): Write
  /** Compare-and-set; conflict `stale`. */
  setTags(id: AuthorityId, from: Tags, to: Tags): Write
  /** How it tells of revocations from now on, and until when at most certificates are valid that name its complete CRL. */
  setRevocation(
    id: AuthorityId,
    configuration: RevocationConfiguration,
    completeCrlUntil: Millis | undefined,
  ): Write
  /** Makes it its place's only default. */
  makeDefault(place: Place, id: AuthorityId): Write
  /** Undefined lifts the limit. */
  allowProfiles(id: AuthorityId, names: readonly string[] | undefined): Write
}
