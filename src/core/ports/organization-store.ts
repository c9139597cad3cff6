import type { Account } from '../domain/accounts.ts'
import type { Organization } from '../domain/identities.ts'
import type { AccountId, OrganizationId } from '../domain/ids.ts'
import type { Millis } from '../domain/time.ts'
import type { Page, PageRequest } from './page.ts'
import type { Write } from './write.ts'

/** Each makes every process look again. */
export type OrganizationWrites = {
  readonly organization: {
    /** With its management account. Conflict `exists` when there is one; `stale` when there is no such account. */
    add(organization: Organization): Write
    /** Conflict `stale` when it isn't there, `refused` while another account than the management account is in it. */
    remove(id: OrganizationId): Write
    /** Conflict `stale` when there is no such account or organization, `exists` when it is in one. */
    addAccount(id: OrganizationId, account: AccountId, at: Millis): Write
    /** Conflict `stale` when it isn't in it, or is its management account. */
    removeAccount(id: OrganizationId, account: AccountId): Write
  }
}

export type OrganizationReads = {
  readonly organization: {
    /** The one that an account is in. */
    of(account: AccountId): Promise<Organization | undefined>
    /** The installation's. */
    get(): Promise<Organization | undefined>
    /** In order of ids. */
    accounts(id: OrganizationId, page: PageRequest): Promise<Page<Account & { readonly joinedAt: Millis }>>
  }
}
