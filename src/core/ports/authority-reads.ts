import type { Authority, AuthorityKind, AuthorityStatus } from '../domain/authorities.ts'
import type { AuthorityId, Serial } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place } from './write.ts'

export type AuthorityFilter = {
  /** EXPIRED included; without one, all but DELETED. */
  readonly status?: AuthorityStatus
  readonly kind?: AuthorityKind
  /** Deleted ones, too, where no status is asked for. */
  readonly includeDeleted?: boolean
}

/** Reads about authorities. */
export type AuthorityReads = {
  get(place: Place, id: AuthorityId): Promise<Authority | undefined>
  /** The one that holds the name; else the last that had it before it was deleted or failed. */
  byName(place: Place, name: string): Promise<Authority | undefined>
  default(place: Place): Promise<Authority | undefined>
  list(place: Place, filter: AuthorityFilter, now: Millis, page: PageRequest): Promise<Page<Authority>>
  /** CREATING, and either `serverId`'s own or left by a server whose lease has lapsed by `systemNow`. */
  unfinished(serverId: string, systemNow: Millis): Promise<readonly Authority[]>
  /** For relying parties, who name no account: CRL and CA certificate by authority id. */
  public(id: AuthorityId): Promise<Authority | undefined>
  /** DER of a certificate that one had before it got another for its key. */
  formerCertificate(id: AuthorityId, serial: Serial): Promise<Uint8Array | undefined>
  /** For jobs: those of every place, in every state. */
  all(): Promise<readonly Authority[]>
}
