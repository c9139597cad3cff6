import type { Lent, Offer } from '../domain/borrowing.ts'
import type { AccountId, AuthorityId, InvitationId, OrganizationId, ShareId } from '../domain/ids.ts'
import type {
  ServicePermission,
  SharePermission,
  SharePermissionVersion,
} from '../domain/share-permissions.ts'
import type { InvitationStatus, ResourceShare, ShareInvitation, SharePrincipal } from '../domain/shares.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Place, Write } from './write.ts'

/** Who else may use an authority, as its owner wrote it. */
export type AuthorityPolicy = {
  readonly authority: AuthorityId
  readonly policy: string
  readonly createdAt: Millis
  readonly updatedAt: Millis
}

/** Writes about what accounts lend to one another. What borrowers may is cached: each change tells every process to look again. */
export type ShareWrites = {
  readonly shares: {
    add(share: ResourceShare): Write
    /** Conflict `stale` when `before` isn't what stands. */
    replace(before: ResourceShare, after: ResourceShare): Write
    /** With its authorities, principals and invitations. Conflict `stale` when there is none. */
    remove(id: ShareId): Write
    /** Nothing when it is on the share already; conflict `stale` when there is no such share. */
    addAuthority(share: ShareId, authority: AuthorityId, at: Millis): Write
    removeAuthority(share: ShareId, authority: AuthorityId): Write
    /** Takes an authority off every share. */
    removeAuthorityEverywhere(authority: AuthorityId): Write
    /** Nothing when it is on the share already; conflict `stale` when there is no such share. */
    addPrincipal(principal: SharePrincipal): Write
    removePrincipal(share: ShareId, principal: string): Write
    /** Everybody of an account. */
    removeAccount(share: ShareId, account: AccountId): Write
  }
  readonly shareInvitations: {
    /** Nothing when the account has one that stands and hasn't expired. */
    add(invitation: ShareInvitation): Write
    /** From PENDING; conflict `stale` otherwise. */
    decide(id: InvitationId, to: InvitationStatus, at: Millis): Write
    /** Whatever stands for the account ends; conflicts with nothing. */
    end(share: ShareId, account: AccountId, at: Millis): Write
  }
  readonly sharePermissions: {
    /** Still without a version, its first follows. Conflict `exists` when the account has one of that name. */
    add(permission: SharePermission): Write
    /** Makes the version the default. Conflict `stale` when it isn't the one after the last. */
    addVersion(version: SharePermissionVersion): Write
    /** Conflict `stale` when there is no such version. */
    setDefault(id: string, version: number, at: Millis): Write
    /** Conflict `stale` when it isn't there, is the default, or is what a share has. */
    removeVersion(id: string, version: number): Write
    /** Conflict `stale` when it isn't there, or is what a share has. */
    remove(id: string): Write
  }
  readonly authorityPolicies: {
    /** In place of any other. */
    put(policy: AuthorityPolicy): Write
    remove(authority: AuthorityId): Write
  }
  readonly servicePermissions: {
    /** Undefined takes it away. Conflict `stale` when there is no such authority. */
    set(authority: AuthorityId, permission: ServicePermission | undefined): Write
  }
}

/** What stands between a principal of a share and its use. */
export type PrincipalStanding = SharePrincipal & {
  /** `accepted` by invitation; `organization`: the same one as the lender's, nobody had to ask. */
  readonly standing: 'invited' | 'accepted' | 'organization' | 'none'
}

/** As it is stored: the owner's policy is still to be read. */
export type LentAuthority = Omit<Lent, 'policy'> & { readonly policy: string | undefined }

/** Reads about the same. */
export type ShareReads = {
  readonly shares: {
    /** Of the lender. */
    get(place: Place, id: ShareId): Promise<ResourceShare | undefined>
    list(place: Place, page: PageRequest): Promise<Page<ResourceShare>>
    count(place: Place): Promise<number>
    /** One that is in effect for the place's account, and not its own. */
    lentTo(place: Place, id: ShareId): Promise<ResourceShare | undefined>
    listLentTo(place: Place, page: PageRequest): Promise<Page<ResourceShare>>
    authorities(id: ShareId): Promise<readonly AuthorityId[]>
    principals(id: ShareId): Promise<readonly PrincipalStanding[]>
    /** Those that an authority is on. */
    ofAuthority(authority: AuthorityId): Promise<readonly ResourceShare[]>
    /** Which organization an account is in. */
    organizationOf(account: AccountId): Promise<OrganizationId | undefined>
  }
  readonly shareInvitations: {
    /** Of the account that is invited. */
    get(place: Place, id: InvitationId): Promise<ShareInvitation | undefined>
    /** Newest first. */
    list(place: Place, page: PageRequest): Promise<Page<ShareInvitation>>
  }
  readonly sharePermissions: {
    byName(place: Place, name: string): Promise<SharePermission | undefined>
    byId(id: string): Promise<SharePermission | undefined>
    list(place: Place, page: PageRequest): Promise<Page<SharePermission>>
    count(place: Place): Promise<number>
    version(id: string, version: number): Promise<SharePermissionVersion | undefined>
    versions(id: string): Promise<readonly SharePermissionVersion[]>
  }
  readonly authorityPolicies: { get(authority: AuthorityId): Promise<AuthorityPolicy | undefined> }
  readonly lent: {
    /**
     * Another account's authority that is shared with the place's, or that its owner has written a policy about: one
     * statement, whatever there is. `owner`: only if it is that account's.
     */
    find(place: Place, id: AuthorityId, owner: AccountId | undefined): Promise<LentAuthority | undefined>
    /** The same of all of them. Pages may be short. */
    list(place: Place, page: PageRequest): Promise<Page<LentAuthority>>
    /** Whether certificates of an authority belong to other accounts. */
    hasLent(authority: AuthorityId): Promise<boolean>
  }
}

export type { Offer }
