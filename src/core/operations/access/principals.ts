import type { Principal } from '../../domain/access.ts'
import type { SealedAccessKey } from '../../domain/access-keys.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import { factsOfCall, type Call } from '../../domain/calls.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { SESSION_NAME, type AssumableRole, type Tags, type User } from '../../domain/identities.ts'
import type { AccountId, PolicyId, RoleId, UserId } from '../../domain/ids.ts'
import type { Facts, Grants } from '../../domain/policies/decide.ts'
import type { Policy } from '../../domain/policies/policy.ts'
import { isoOf } from '../../domain/time.ts'
import type { Ports } from '../../ports/ports.ts'
import { cached } from '../generation-cache.ts'
import { decidingPolicy, storedPolicy } from './documents.ts'

type Reading = Pick<Ports, 'store' | 'clock'>

/** Who somebody is, whatever the call: what is the same until something changes. */
export type Identity = Pick<
  Principal,
  'id' | 'kind' | 'arn' | 'account' | 'grants' | 'installation' | 'facts'
>

/** Somebody who calls. */
export const callerWith = (identity: Identity, call: Call, now: number, credential?: string): Principal => ({
  ...identity,
  region: call.region,
  // Last, so that nothing that was proved elsewhere takes the place of what the call is.
  facts: { ...identity.facts, ...factsOfCall(call, now) },
  ...(credential === undefined ? {} : { credential }),
  requestId: call.requestId,
  sourceAddress: call.sourceAddress,
  ...(call.userAgent === undefined ? {} : { userAgent: call.userAgent }),
})

/**
 * A user who calls, with the policies of its own and of its groups. Cached until something changes.
 * @throws unauthenticated when the account has no such user any more
 */
export async function userPrincipal(
  ports: Reading,
  account: AccountId,
  user: UserId,
  call: Call,
  credential?: string,
): Promise<Principal> {
  const identity = await cached(ports, `user/${user}`, () => loadUser(ports, user))
  if (identity?.account !== account) throw gone()
  return callerWith(identity, call, ports.clock.now(), credential)
}

/** How a role is acted in. */
export type RoleSession = {
  /** Policies beyond which the session's rights don't reach; no limit when absent. */
  readonly session?: readonly Policy[]
  /** What conditions may ask besides: about whoever proved who he is elsewhere. They never take another fact's place. */
  readonly facts?: Facts
  readonly credential?: string
}

/**
 * Whoever acts in a role, named by its ARN: for those who were mapped to it by what they proved. Cached until something
 * changes.
 * @param sessionName 2 to 64 of the characters that an ARN takes
 * @throws unauthenticated when there is no such role, or the name is none
 */
export async function rolePrincipal(
  ports: Reading,
  roleArn: Arn,
  sessionName: string,
  call: Call,
  more: RoleSession = {},
): Promise<Principal> {
  const known = await cached(ports, `role/${roleArn}`, async () => {
    const { account, name } = splitRoleArn(roleArn) ?? {}
    const role =
      account === undefined || name === undefined
        ? undefined
        : await ports.store.reads.roles.get(account, name)
    return role === undefined ? undefined : loadRole(ports, role)
  })
  return inRole(ports, known, sessionName, call, more)
}

/**
 * As above, for a role by its id, which a new one of the same name doesn't have.
 * @throws unauthenticated
 */
export async function sessionPrincipal(
  ports: Reading,
  account: AccountId,
  role: RoleId,
  sessionName: string,
  call: Call,
  more: RoleSession = {},
): Promise<Principal> {
  const known = await cached(ports, `role/${role}`, async () => {
    const found = await ports.store.reads.roles.byId(role)
    return found === undefined ? undefined : loadRole(ports, found)
  })
  return inRole(ports, known?.role.account === account ? known : undefined, sessionName, call, more)
}

/**
 * Whose access key it is, after the caller has proved to have the secret (and the session token).
 * @throws unauthenticated for a key that is disabled, has ended, or whose user or role is gone
 */
export async function accessKeyPrincipal(
  ports: Reading,
  key: SealedAccessKey,
  call: Call,
): Promise<Principal> {
  const { id, account, holder } = key
  const now = ports.clock.now()
  if (key.status !== 'ACTIVE' || (key.expiresAt !== undefined && key.expiresAt <= now)) throw gone()
  const credential = `access-key/${id}`
  if (holder.kind === 'user') return userPrincipal(ports, account, holder.user, call, credential)
  const session = await cached(ports, `session/${id}`, async () => ({
    policies: holder.policies?.map((text, index) => storedPolicy(text, 'scope', `session policy ${index}`)),
  }))
  return sessionPrincipal(ports, account, holder.role, holder.session, call, {
    ...(session.policies === undefined ? {} : { session: session.policies }),
    facts: { ...holder.facts, 'aws:tokenissuetime': isoOf(key.createdAt) },
    credential,
  })
}

/** Account and name in the ARN of a role; undefined for anything else. */
export function splitRoleArn(arn: string): { account: AccountId; name: string } | undefined {
  const found = /^arn:aws:iam::([0-9]{12}):role\/([\w+=,.@-]{1,64})$/.exec(arn)
  return found === null ? undefined : { account: found[1] as AccountId, name: found[2] as string }
}

type KnownRole = { readonly role: AssumableRole; readonly grants: Grants; readonly facts: Facts }

async function loadUser(ports: Reading, id: UserId): Promise<Identity | undefined> {
  const user = await ports.store.reads.users.byId(id)
  if (user === undefined) return undefined
  const { account, name } = user
  const arn = arns.user(account, name)
  return {
    id: `user/${name}`,
    kind: 'user',
    arn,
    account,
    installation: false,
    grants: await grantsOf(ports, user, true),
    facts: {
      ...tagFacts(user.tags),
      ...(await accountFacts(ports, account)),
      'aws:principalarn': arn,
      'aws:principaltype': 'User',
      'aws:username': name,
      'aws:userid': id,
    },
  }
}

async function loadRole(ports: Reading, role: AssumableRole): Promise<KnownRole> {
  return {
    role,
    grants: await grantsOf(ports, role, false),
    facts: {
      ...tagFacts(role.tags),
      ...(await accountFacts(ports, role.account)),
      // As IAM has it: the role's own ARN, whatever the session.
      'aws:principalarn': arns.role(role.account, role.name),
      'aws:principaltype': 'AssumedRole',
    },
  }
}

function inRole(
  ports: Reading,
  known: KnownRole | undefined,
  sessionName: string,
  call: Call,
  { session, facts, credential }: RoleSession,
): Principal {
  if (known === undefined || !SESSION_NAME.test(sessionName)) throw gone()
  const { role, grants } = known
  return callerWith(
    {
      id: `role/${role.name}/${sessionName}`,
      kind: 'role',
      arn: arns.session(role.account, role.name, sessionName),
      account: role.account,
      installation: false,
      grants: session === undefined ? grants : { ...grants, session },
      facts: { ...facts, ...known.facts, 'aws:userid': `${role.id}:${sessionName}` },
    },
    call,
    ports.clock.now(),
    credential,
  )
}

/** What a user or role may, by what is attached to it. */
async function grantsOf(
  ports: Pick<Ports, 'store'>,
  { id, boundary }: Pick<User | AssumableRole, 'id' | 'boundary'>,
  throughGroups: boolean,
): Promise<Grants> {
  const attached = await ports.store.reads.attachments.of(id, throughGroups)
  const identity = attached.map(decidingPolicy)
  return boundary === undefined ? { identity } : { identity, boundary: [await boundaryOf(ports, boundary)] }
}

async function boundaryOf(ports: Pick<Ports, 'store'>, id: PolicyId): Promise<Policy> {
  const standing = await ports.store.reads.managedPolicies.standing(id)
  return decidingPolicy(standing ?? { id, name: id, document: undefined })
}

/** What is the same for all of an account. */
export async function accountFacts(ports: Pick<Ports, 'store'>, account: AccountId): Promise<Facts> {
  const organization = await ports.store.reads.organization.of(account)
  return {
    'aws:principalaccount': account,
    ...(organization === undefined ? {} : { 'aws:principalorgid': organization.id }),
  }
}

const tagFacts = (tags: Tags): Facts =>
  Object.fromEntries(
    Object.entries(tags).map(([key, value]) => [`aws:principaltag/${key.toLowerCase()}`, value]),
  )

/** It says nothing about which of the two: whoever acts by it knows, others needn't. */
const gone = (): ChanceryError =>
  new ChanceryError(
    'unauthenticated',
    'Whom the credential stands for isn’t there any more, or it was disabled',
  )
