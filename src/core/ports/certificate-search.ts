import type { Certificate, CertificateStatus } from '../domain/certificates.ts'
import type { AuthorityId, Serial } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'

export type CertificateFilter = {
  /** A search key (see domain/search-keys.ts): whole, or ending in a dot for everything below a domain. */
  readonly name?: string
  readonly serial?: Serial
  readonly authority?: AuthorityId
  /** Whoever's they are: for the owner of `authority`, which must be given; with whole names only. */
  readonly everybodys?: boolean
  readonly status?: CertificateStatus
  readonly expiresAfter?: Millis
  readonly expiresBefore?: Millis
}

/** `matched`: the search key by which a search below a domain found it; one certificate may be found by several. */
export type FoundCertificate = { readonly certificate: Certificate; readonly matched?: string }
