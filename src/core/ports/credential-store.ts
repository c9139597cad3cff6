import type { CertificateMapping } from '../domain/certificate-mappings.ts'
import type { IdentityProvider } from '../domain/identity-providers.ts'
import type { AccountId, AuthorityId, CertificateMappingId } from '../domain/ids.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** Writes about whom the accounts believe besides their own tokens and keys. */
export type CredentialWrites = {
  readonly identityProviders: {
    /** Conflict `exists` when the account has one of that name or issuer; `refused` beyond `most` of the account. */
    add(provider: IdentityProvider, most: number): Write
    /** Replaces the revision before `provider`'s; conflict `stale` when that isn't the one that stands. */
    replace(provider: IdentityProvider): Write
    /** Conflict `stale` when it isn't there in that revision. */
    remove(provider: IdentityProvider): Write
  }
  readonly certificateMappings: {
    /** Conflict `exists` when the authority has the same one; `refused` beyond `most` of the authority. */
    add(mapping: CertificateMapping, most: number): Write
    /** Conflict `stale` when the place has no such mapping. */
    remove(place: Place, id: CertificateMappingId): Write
  }
}

/** Reads about the same. */
export type CredentialReads = {
  readonly identityProviders: {
    get(account: AccountId, name: string): Promise<IdentityProvider | undefined>
    byIssuer(account: AccountId, issuer: string): Promise<IdentityProvider | undefined>
    /** In order of names. */
    list(account: AccountId, page: PageRequest): Promise<Page<IdentityProvider>>
  }
  readonly certificateMappings: {
    get(place: Place, id: CertificateMappingId): Promise<CertificateMapping | undefined>
    /** In order of creation. */
    of(authority: AuthorityId): Promise<readonly CertificateMapping[]>
    /** In order of creation. */
    list(place: Place, page: PageRequest): Promise<Page<CertificateMapping>>
    /** Whether anybody has one. */
    any(): Promise<boolean>
  }
}
