import type { SealedAccessKey } from '../../domain/access-keys.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent } from '../../domain/audit.ts'
import { ChanceryError, refuse, StoreConflict, type Violation } from '../../domain/errors.ts'
import {
  DEFAULT_SESSION_SECONDS,
  MAX_ACCESS_KEYS,
  MAX_ATTACHED,
  MAX_GROUPS,
  type Holder,
  type Tags,
} from '../../domain/identities.ts'
import type { AccessKeyId, AccountId, GroupId, PolicyId, RoleId, UserId } from '../../domain/ids.ts'
import { BUILT_IN_POLICIES } from '../../domain/policies/built-in.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Millis } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Write, Writes } from '../../ports/store.ts'
import { sealedSecret } from '../access/access-keys.ts'
import { newAwsId, newOrganizationId, newUuid } from '../new-ids.ts'
import { readInstallation, systemPrincipal } from './initialize.ts'

export type BootstrapPolicy = {
  readonly name: string
  readonly description?: string
  readonly document: string
}
type Bearer = {
  readonly name: string
  /** Names of policies of the same account here, or of built-in ones. */
  readonly policies?: readonly string[]
}
type Bounded = Bearer & { readonly boundary?: string; readonly tags?: Tags }
export type BootstrapAccount = {
  readonly id: AccountId
  readonly name: string
  readonly policies?: readonly BootstrapPolicy[]
  readonly groups?: readonly Bearer[]
  readonly roles?: readonly (Bounded & {
    readonly trust: string
    readonly description?: string
    readonly maxSessionSeconds?: number
  })[]
  readonly users?: readonly (Bounded & {
    readonly groups?: readonly string[]
    readonly accessKeys?: readonly { readonly id: AccessKeyId; readonly secret: string }[]
  })[]
}

/** What an installation begins with; names and numbers have been checked. */
export type Bootstrap = {
  readonly accounts: readonly BootstrapAccount[]
  readonly organization?: {
    readonly managementAccount: AccountId
    readonly accounts?: readonly AccountId[]
  }
}

type Used = Pick<Ports, 'store' | 'random' | 'calendar' | 'clock' | 'vault' | 'settings'>

/** The digest of what was applied: it happens once, so that what was taken away later doesn't come back. */
export const BOOTSTRAP_SETTING = 'installation.bootstrap'

/**
 * Makes accounts and who is in them, all of it or nothing, once in an installation's life.
 * @param digest of the file
 * @returns whether it was applied, had been before, or is another one than that
 * @throws request_invalid naming every member that is wrong; already_exists for an account or a key that is there
 */
export async function applyBootstrap(
  ports: Used,
  bootstrap: Bootstrap,
  digest: string,
): Promise<'applied' | 'before' | 'other'> {
  const before = await ports.store.reads.settings.get(BOOTSTRAP_SETTING)
  if (before !== undefined) return before === digest ? 'before' : 'other'
  refuse('request_invalid', bootstrap.accounts.flatMap(violationsOf))
  const now = ports.clock.now()
  const accounts = await Promise.all(bootstrap.accounts.map((account) => accountWrites(ports, account, now)))
  const installation = await readInstallation(ports)
  const actor = systemPrincipal(ports, installation?.account ?? (bootstrap.accounts[0]?.id as AccountId))
  const event = auditEvent('Bootstrap', actor, {
    eventId: newUuid(ports.random, now),
    time: now,
    resources: bootstrap.accounts.map(({ id }) => arns.account(id)),
    request: { digest },
  })
  try {
    await ports.store.transact((writes) => [
      writes.settings.put(BOOTSTRAP_SETTING, digest),
      ...accounts.flatMap((build) => build(writes)),
      ...organizationWrites(ports, bootstrap, now)(writes),
      writes.audit.append(event),
    ])
    return 'applied'
  } catch (error) {
    throw meaningOf(error)
  }
}

/** Policies that can't be understood, and names that nothing has. */
function violationsOf(account: BootstrapAccount, index: number): Violation[] {
  const at = `accounts[${index}]`
  const { policies = [], groups = [], roles = [], users = [] } = account
  const own = new Set(policies.map(({ name }) => name))
  const documents = [
    ...policies.flatMap(({ name, document }, i) =>
      findings(document, 'identity', `${at}.policies[${i}].document`).concat(
        BUILT_IN_POLICIES.has(name)
          ? [{ code: 'name', field: `${at}.policies[${i}].name`, message: `${name} is a built-in policy` }]
          : [],
      ),
    ),
    ...roles.flatMap(({ trust }, i) => findings(trust, 'trust', `${at}.roles[${i}].trust`)),
  ]
  const named = (field: string, names: readonly string[], known: (name: string) => boolean, what: string) =>
    names.flatMap((name) =>
      known(name) ? [] : [{ code: 'unknown', field, message: `${name} is no ${what}` }],
    )
  const policyThere = (name: string): boolean => own.has(name) || BUILT_IN_POLICIES.has(name)
  const bounded = [
    ...roles.map((each, i) => [`${at}.roles[${i}]`, each] as const),
    ...users.map((each, i) => [`${at}.users[${i}]`, each] as const),
  ]
  const bearers = [...groups.map((each, i) => [`${at}.groups[${i}]`, each] as const), ...bounded]
  return [
    ...documents,
    ...bearers.flatMap(([path, each]) =>
      named(`${path}.policies`, each.policies ?? [], policyThere, 'policy'),
    ),
    ...bounded.flatMap(([path, { boundary }]) =>
      named(`${path}.boundary`, boundary === undefined ? [] : [boundary], policyThere, 'policy'),
    ),
    ...users.flatMap(({ groups: of = [] }, i) =>
      named(`${at}.users[${i}].groups`, of, (name) => groups.some((group) => group.name === name), 'group'),
    ),
  ]
}

function findings(document: string, kind: 'identity' | 'trust', field: string): Violation[] {
  try {
    parsePolicy(document, kind, 'policy', field)
    return []
  } catch (error) {
    if (!(error instanceof ChanceryError)) throw error
    return [...error.violations]
  }
}

type Building = (writes: Writes) => Write[]

/** Everything of one account; secrets are sealed before a transaction begins. */
async function accountWrites(ports: Used, account: BootstrapAccount, now: Millis): Promise<Building> {
  const { id, name, policies = [], groups = [], roles = [], users = [] } = account
  const policyIds = new Map(policies.map((each) => [each.name, newAwsId(ports.random, 'ANPA') as PolicyId]))
  const policyId = (policy: string): PolicyId => policyIds.get(policy) ?? (policy as PolicyId)
  const boundary = (policy: string | undefined) => (policy === undefined ? undefined : policyId(policy))
  const groupIds = new Map(groups.map((each) => [each.name, newAwsId(ports.random, 'AGPA') as GroupId]))
  const userIds = users.map(() => newAwsId(ports.random, 'AIDA') as UserId)
  const roleIds = roles.map(() => newAwsId(ports.random, 'AROA') as RoleId)
  const keys = await Promise.all(
    users.flatMap(({ accessKeys = [] }, index) =>
      accessKeys.map((key) => accessKey(ports, id, userIds[index] as UserId, key, now)),
    ),
  )
  const attached = (holder: Holder, { policies: names = [] }: Bearer) =>
    names.map((each) => (writes: Writes) => writes.attachments.add(policyId(each), holder, MAX_ATTACHED))
  const steps: ((writes: Writes) => Write)[] = [
    (writes) => writes.accounts.add({ id, name, createdAt: ports.calendar.now() }),
    ...policies.map(
      (each) => (writes: Writes) =>
        writes.managedPolicies.add(
          {
            id: policyId(each.name),
            account: id,
            name: each.name,
            description: each.description ?? '',
            defaultVersion: 1,
            latestVersion: 1,
            createdAt: now,
            updatedAt: now,
          },
          each.document,
        ),
    ),
    ...groups.flatMap((each) => {
      const group = groupIds.get(each.name) as GroupId
      return [
        (writes: Writes) => writes.groups.add({ id: group, account: id, name: each.name, createdAt: now }),
        ...attached({ kind: 'group', id: group }, each),
      ]
    }),
    ...roles.flatMap((each, index) => [
      (writes: Writes) =>
        writes.roles.add({
          id: roleIds[index] as RoleId,
          account: id,
          name: each.name,
          description: each.description ?? '',
          trust: each.trust,
          maxSessionSeconds: each.maxSessionSeconds ?? DEFAULT_SESSION_SECONDS,
          boundary: boundary(each.boundary),
          tags: each.tags ?? {},
          createdAt: now,
          updatedAt: now,
        }),
      ...attached({ kind: 'role', id: roleIds[index] as RoleId }, each),
    ]),
    ...users.flatMap((each, index) => {
      const user = userIds[index] as UserId
      return [
        (writes: Writes) =>
          writes.users.add({
            id: user,
            account: id,
            name: each.name,
            boundary: boundary(each.boundary),
            tags: each.tags ?? {},
            createdAt: now,
          }),
        ...attached({ kind: 'user', id: user }, each),
        ...(each.groups ?? []).map(
          (group) => (writes: Writes) =>
            writes.groups.addMember(groupIds.get(group) as GroupId, user, MAX_GROUPS),
        ),
      ]
    }),
    ...keys.map((key) => (writes: Writes) => writes.accessKeys.add(key, MAX_ACCESS_KEYS)),
  ]
  return (writes) => steps.map((step) => step(writes))
}

async function accessKey(
  ports: Used,
  account: AccountId,
  user: UserId,
  { id, secret }: { readonly id: AccessKeyId; readonly secret: string },
  now: Millis,
): Promise<SealedAccessKey> {
  return {
    id,
    account,
    holder: { kind: 'user', user },
    status: 'ACTIVE',
    createdAt: now,
    expiresAt: undefined,
    lastUse: undefined,
    sealedSecret: await sealedSecret(ports, account, secret),
  }
}

function organizationWrites(ports: Used, { organization }: Bootstrap, now: Millis): Building {
  if (organization === undefined) return () => []
  const { managementAccount, accounts = [] } = organization
  const id = newOrganizationId(ports.random)
  return (writes) => [
    writes.organization.add({ id, managementAccount, createdAt: now }),
    ...accounts.map((account) => writes.organization.addAccount(id, account, now)),
  ]
}

function meaningOf(error: unknown): unknown {
  if (!(error instanceof StoreConflict)) return error
  const message = `${error.subject} (${error.reason}): something of it is there already, stands twice, or is more than there may be`
  return new ChanceryError(error.reason === 'exists' ? 'already_exists' : 'state_conflict', message, {
    cause: error,
  })
}
