import type {
  AssumableRole,
  AttachedPolicy,
  Group,
  Holder,
  ManagedPolicy,
  PolicyVersion,
  User,
} from '../domain/identities.ts'
import type { AccountId, GroupId, PolicyId, RoleId, UserId } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** Writes about who there is in an account, and what they may. Each makes every process look again. */
export type IdentityWrites = {
  readonly users: {
    /** Conflict `exists`; `stale` when the boundary isn't there. */
    add(user: User): Write
    /** Boundary and tags; conflict `stale` when there is no such user, or no such boundary. */
    update(user: User): Write
    /** With its access keys, memberships and attachments; its tokens are revoked. Conflict `stale` when it isn't there. */
    remove(user: UserId, at: Millis): Write
  }
  readonly groups: {
    /** Conflict `exists`. */
    add(group: Group): Write
    /** With its memberships and attachments; conflict `stale` when it isn't there. */
    remove(group: GroupId): Write
    /** Conflict `exists` when the user is in it; `stale` when one of them isn't there; `refused` beyond `most` groups. */
    addMember(group: GroupId, user: UserId, most: number): Write
    /** Conflict `stale` when the user isn't in it. */
    removeMember(group: GroupId, user: UserId): Write
  }
  readonly roles: {
    /** Conflict `exists`; `stale` when the boundary isn't there. */
    add(role: AssumableRole): Write
    /** All but id and name; conflict `stale` when it isn't there as it was at `before.updatedAt`, or no such boundary. */
    update(before: AssumableRole, after: AssumableRole): Write
    /** With its sessions and attachments; tokens that act as it are revoked. Conflict `stale` when it isn't there. */
    remove(role: RoleId, at: Millis): Write
  }
  readonly managedPolicies: {
    /** With its first version; conflict `exists`. */
    add(policy: ManagedPolicy, document: string): Write
    /**
     * The next version; conflict `stale` when `version.number` isn't the next, `refused` beyond `most` versions.
     * @param standing whether it is the one that counts from now on
     */
    addVersion(version: PolicyVersion, standing: boolean, most: number): Write
    /** Conflict `stale` when there is no such version. */
    setDefault(policy: PolicyId, number: number, at: Millis): Write
    /** Conflict `stale` when there is no such version, or it is the one that counts. */
    removeVersion(policy: PolicyId, number: number): Write
    /** Conflict `stale` when it isn't there, `refused` while somebody has it or is bounded by it. */
    remove(policy: PolicyId): Write
  }
  readonly attachments: {
    /** Conflict `exists`; `stale` when policy or holder isn't there; `refused` beyond `most` of the holder's. */
    add(policy: PolicyId, holder: Holder, most: number): Write
    /** Conflict `stale` when the holder hasn't got it. */
    remove(policy: PolicyId, holder: Holder): Write
  }
  readonly administrators: {
    /** Last in a transaction: conflict `refused` when it would leave the account without anybody who counts as one. */
    keep(account: AccountId, now: Millis): Write
    /** The same for the installation. */
    keepOfInstallation(now: Millis): Write
  }
}

/** Reads about the same. */
export type IdentityReads = {
  readonly users: {
    get(account: AccountId, name: string): Promise<User | undefined>
    byId(id: UserId): Promise<User | undefined>
    /** In order of names. */
    list(account: AccountId, page: PageRequest): Promise<Page<User>>
    groups(user: UserId): Promise<readonly Group[]>
  }
  readonly groups: {
    get(account: AccountId, name: string): Promise<Group | undefined>
    list(account: AccountId, page: PageRequest): Promise<Page<Group>>
    members(group: GroupId, page: PageRequest): Promise<Page<User>>
  }
  readonly roles: {
    get(account: AccountId, name: string): Promise<AssumableRole | undefined>
    byId(id: RoleId): Promise<AssumableRole | undefined>
    list(account: AccountId, page: PageRequest): Promise<Page<AssumableRole>>
  }
  readonly managedPolicies: {
    get(account: AccountId, name: string): Promise<ManagedPolicy | undefined>
    list(account: AccountId, page: PageRequest): Promise<Page<ManagedPolicy>>
    version(policy: PolicyId, number: number): Promise<PolicyVersion | undefined>
    /** Newest first. */
    versions(policy: PolicyId): Promise<readonly PolicyVersion[]>
    /** The document that counts, of a policy that an account wrote; for boundaries. */
    standing(policy: PolicyId): Promise<AttachedPolicy | undefined>
  }
  readonly attachments: {
    /** Of a user, group or role: its own, in order of names; for a user those of its groups, too, if asked for. */
    of(holder: Holder['id'], throughGroups: boolean): Promise<readonly AttachedPolicy[]>
    /** Who in the account has a policy. */
    holders(
      account: AccountId,
      policy: PolicyId,
      page: PageRequest,
    ): Promise<Page<Holder & { readonly name: string }>>
  }
  readonly administrators: {
    /**
     * Whether somebody counts as the account's administrator: a live token with the fixed role and without a scope; or a
     * user who has AdministratorAccess, directly or by a group, no boundary, and an active access key or a live token
     * without a scope.
     */
    any(account: AccountId, now: Millis): Promise<boolean>
  }
}
