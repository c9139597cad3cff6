import { authorize, type Principal } from '../../domain/access.ts'
import type { Account } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { Organization } from '../../domain/identities.ts'
import { accountIdFrom, type AccountId } from '../../domain/ids.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once } from '../idempotency.ts'
import { newOrganizationId } from '../new-ids.ts'
import { notThere, recorded, type Recording } from './recorded.ts'

/**
 * Makes the installation's organization, with an account that manages it. Whoever is in it takes others' shares without
 * being asked, so only an administrator of the installation decides about that.
 * @throws already_exists, not_found for the account
 */
export async function createOrganization(
  ports: Recording,
  principal: Principal,
  { idempotency, ...request }: { readonly managementAccount?: string } & Once,
): Promise<Organization> {
  const managementAccount =
    request.managementAccount === undefined
      ? principal.account
      : accountIdFrom(request.managementAccount, 'managementAccount')
  authorize(principal, 'organizations:CreateOrganization', arns.organizations(managementAccount))
  const time = ports.clock.now()
  const organization: Organization = {
    id: newOrganizationId(ports.random),
    managementAccount,
    createdAt: time,
  }
  return idempotently(ports, principal, idempotency, {
    operation: 'CreateOrganization',
    attempt: async (remember) => {
      await recorded(ports, principal, {
        event: 'CreateOrganization',
        time,
        resources: [arns.organization(managementAccount, organization.id)],
        request: { managementAccount },
        response: { organizationId: organization.id },
        writes: (writes) => [writes.organization.add(organization), ...remember(writes, organization.id)],
        conflicts: {
          exists: () => new ChanceryError('already_exists', 'The installation has an organization already'),
          stale: notThere('account'),
        },
      })
      return organization
    },
    replay: async (id) => stillThere(await ports.store.reads.organization.get(), (found) => found.id === id),
  })
}

/** The one that the caller's account is in; for an administrator of the installation the one that there is. @throws not_found */
export async function describeOrganization(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
): Promise<Organization> {
  authorize(principal, 'organizations:DescribeOrganization', arns.organizations(principal.account))
  return organizationOf(ports, principal)
}

/**
 * Which accounts are in it.
 * @throws not_found; forbidden for whoever neither acts in the management account nor administers the installation
 */
export async function listOrganizationAccounts(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<Account & { readonly joinedAt: Millis }>> {
  authorize(principal, 'organizations:ListAccounts', arns.organizations(principal.account))
  const { id, managementAccount } = await organizationOf(ports, principal)
  if (!principal.installation && managementAccount !== principal.account)
    throw new ChanceryError('forbidden', 'Only the management account sees who is in the organization')
  return ports.store.reads.organization.accounts(id, page)
}

/** Takes an account in. @throws not_found, already_exists when it is in it */
export async function addOrganizationAccount(
  ports: Recording,
  principal: Principal,
  account: string,
): Promise<void> {
  await changeMembership(ports, principal, account, {
    action: 'organizations:InviteAccountToOrganization',
    event: 'AddAccountToOrganization',
    write: (organization, member, time) => (writes) => [
      writes.organization.addAccount(organization.id, member, time),
    ],
    conflicts: {
      exists: () => new ChanceryError('already_exists', `${account} is in the organization already`),
      stale: notThere('account'),
    },
  })
}

/** Takes an account out; shares inside the organization end for it. @throws not_found, resource_in_use for the management account */
export async function removeOrganizationAccount(
  ports: Recording,
  principal: Principal,
  account: string,
): Promise<void> {
  await changeMembership(ports, principal, account, {
    action: 'organizations:RemoveAccountFromOrganization',
    event: 'RemoveAccountFromOrganization',
    write: (organization, member) => {
      if (organization.managementAccount === member)
        throw new ChanceryError('resource_in_use', `${member} manages the organization and stays in it`)
      return (writes) => [writes.organization.removeAccount(organization.id, member)]
    },
    conflicts: { stale: notThere('account in the organization') },
  })
}

/** Ends the organization. @throws not_found, resource_in_use while another account is in it */
export async function deleteOrganization(ports: Recording, principal: Principal): Promise<void> {
  authorize(principal, 'organizations:DeleteOrganization', arns.organizations(principal.account))
  const { id, managementAccount } = await organizationOf(ports, principal)
  await recorded(ports, principal, {
    event: 'DeleteOrganization',
    time: ports.clock.now(),
    resources: [arns.organization(managementAccount, id)],
    writes: (writes) => [writes.organization.remove(id)],
    conflicts: {
      stale: notThere('organization'),
      refused: () =>
        new ChanceryError('resource_in_use', 'Accounts are in the organization; take them out first'),
    },
  })
}

type Membership = Pick<Parameters<typeof recorded>[2], 'conflicts'> & {
  readonly action: 'organizations:InviteAccountToOrganization' | 'organizations:RemoveAccountFromOrganization'
  readonly event: 'AddAccountToOrganization' | 'RemoveAccountFromOrganization'
  readonly write: (
    organization: Organization,
    member: AccountId,
    time: Millis,
  ) => Parameters<typeof recorded>[2]['writes']
}

async function changeMembership(
  ports: Recording,
  principal: Principal,
  account: string,
  { action, event, write, conflicts }: Membership,
): Promise<void> {
  const member = accountIdFrom(account, 'account')
  authorize(principal, action, arns.account(member))
  const organization = await organizationOf(ports, principal)
  const time = ports.clock.now()
  await recorded(ports, principal, {
    event,
    time,
    resources: [arns.organization(organization.managementAccount, organization.id), arns.account(member)],
    request: { account: member },
    writes: write(organization, member, time),
    conflicts,
  })
}

async function organizationOf(
  { store }: Pick<Ports, 'store'>,
  { account, installation }: Principal,
): Promise<Organization> {
  const { organization: reads } = store.reads
  const organization = installation ? await reads.get() : await reads.of(account)
  if (organization === undefined) throw notThere('organization')()
  return organization
}
