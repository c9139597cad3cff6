import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import {
  MAX_POLICY_VERSIONS,
  POLICY_NAME,
  type ManagedPolicy,
  type PolicyVersion,
} from '../../domain/identities.ts'
import type { PolicyId } from '../../domain/ids.ts'
import { BUILT_IN_POLICIES, type BuiltInPolicy } from '../../domain/policies/built-in.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Page, PageRequest } from '../../ports/store.ts'
import { idempotently, stillThere, type Once, type Remember } from '../idempotency.ts'
import { newAwsId } from '../new-ids.ts'
import { refuseBeyondQuota } from '../quotas.ts'
import { namedPolicy, refuseName } from './identity-references.ts'
import { limitsOf, refuseBounded, refuseOwnPolicy } from './limits.ts'
import { changedMeanwhile, nameTaken, notThere, recorded, type Recording } from './recorded.ts'

type StandingPolicy = { readonly kind: 'managed'; readonly policy: ManagedPolicy; readonly document: string }
type NewPolicy = { readonly name: string; readonly description?: string; readonly document: string }

/** A policy with the document that counts: the account's, or a built-in one. */
export type PolicyView = StandingPolicy | { readonly kind: 'built-in'; readonly policy: BuiltInPolicy }

/**
 * Adds a policy to the caller's account, which nobody has yet.
 * @throws already_exists, limit_exceeded; request_invalid, for the document with the position
 */
export async function createPolicy(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  { idempotency, ...request }: NewPolicy & Once,
): Promise<StandingPolicy> {
  const { account } = principal
  const { name, document } = request
  refuseName(name, POLICY_NAME)
  authorize(principal, 'iam:CreatePolicy', arns.policy(account, name))
  if (BUILT_IN_POLICIES.has(name))
    throw new ChanceryError('already_exists', `name: ${name} is a built-in policy`)
  parsePolicy(document, 'identity', name, 'document')
  return idempotently(ports, principal, idempotency, {
    operation: 'CreatePolicy',
    attempt: (remember) => addPolicy(ports, principal, request, remember),
    replay: async (id) => {
      const policy = await ports.store.reads.managedPolicies.get(account, name)
      return standingOf(
        ports,
        stillThere(policy, (found) => found.id === id),
      )
    },
  })
}

async function addPolicy(
  ports: Recording & Pick<Ports, 'settings'>,
  principal: Principal,
  { name, description = '', document }: NewPolicy,
  remember: Remember,
): Promise<StandingPolicy> {
  const { account } = principal
  await limitsOf(ports, principal)
  await refuseBeyondQuota(ports, 'policies', principal)
  const time = ports.clock.now()
  const policy: ManagedPolicy = {
    id: newAwsId(ports.random, 'ANPA') as PolicyId,
    account,
    name,
    description,
    defaultVersion: 1,
    latestVersion: 1,
    createdAt: time,
    updatedAt: time,
  }
  await recorded(ports, principal, {
    event: 'CreatePolicy',
    time,
    resources: [arns.policy(account, name)],
    request: { policyName: name, description, policyDocument: document },
    response: { policyId: policy.id },
    writes: (writes) => [writes.managedPolicies.add(policy, document), ...remember(writes, policy.id)],
    conflicts: { exists: nameTaken('policy', name) },
  })
  return { kind: 'managed', policy, document }
}

/** @throws not_found */
export async function describePolicy(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  reference: string,
): Promise<PolicyView> {
  const named = namedPolicy(principal.account, reference)
  const builtIn = named.builtIn ? BUILT_IN_POLICIES.get(named.name) : undefined
  // Built-in ones are in every account.
  authorize(principal, 'iam:GetPolicy', arns.policy(principal.account, named.name))
  if (builtIn !== undefined) return { kind: 'built-in', policy: builtIn }
  return standingOf(ports, await managedAt(ports, principal, reference))
}

async function standingOf({ store }: Pick<Ports, 'store'>, policy: ManagedPolicy): Promise<StandingPolicy> {
  const standing = await store.reads.managedPolicies.standing(policy.id)
  return { kind: 'managed', policy, document: standing?.document ?? '' }
}

/** The account's policies, in order of names. */
export function listPolicies(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  page: PageRequest,
): Promise<Page<ManagedPolicy>> {
  authorize(principal, 'iam:ListPolicies', arns.policy(principal.account, '*'))
  return ports.store.reads.managedPolicies.list(principal.account, page)
}

/** Newest first. @throws not_found */
export async function listPolicyVersions(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<{ readonly policy: ManagedPolicy; readonly versions: readonly PolicyVersion[] }> {
  authorize(principal, 'iam:ListPolicyVersions', arns.policy(principal.account, name))
  const policy = await managedAt(ports, principal, name)
  return { policy, versions: await ports.store.reads.managedPolicies.versions(policy.id) }
}

type NewVersion = { readonly document: string; readonly setDefault?: boolean }
type StandingVersion = { readonly version: PolicyVersion; readonly standing: boolean }

/**
 * Writes the next version of a policy; by default it counts from now on, for everybody who has the policy.
 * @throws not_found; request_invalid with the position; limit_exceeded; forbidden for whoever has it, and for a bounded
 * caller; state_conflict
 */
export async function createPolicyVersion(
  ports: Recording,
  principal: Principal,
  name: string,
  { idempotency, ...request }: NewVersion & Once,
): Promise<StandingVersion> {
  authorize(principal, 'iam:CreatePolicyVersion', arns.policy(principal.account, name))
  parsePolicy(request.document, 'identity', name, 'document')
  return idempotently(ports, principal, idempotency, {
    operation: 'CreatePolicyVersion',
    attempt: (remember) => addVersion(ports, principal, name, request, remember),
    replay: async (made) => {
      const [id, number] = made.split('/')
      const named = await ports.store.reads.managedPolicies.get(principal.account, name)
      const policy = stillThere(named, (found) => found.id === id)
      const versions = await ports.store.reads.managedPolicies.versions(policy.id)
      const version = stillThere(versions.find((each) => each.number === Number(number)))
      return { version, standing: version.number === policy.defaultVersion }
    },
  })
}

async function addVersion(
  ports: Recording,
  principal: Principal,
  name: string,
  { document, setDefault = true }: NewVersion,
  remember: Remember,
): Promise<StandingVersion> {
  const policy = await changeable(ports, principal, name)
  const time = ports.clock.now()
  const version = { policy: policy.id, number: policy.latestVersion + 1, document, createdAt: time }
  await recorded(ports, principal, {
    event: 'CreatePolicyVersion',
    time,
    resources: [arns.policy(principal.account, name)],
    request: { policyName: name, policyDocument: document, setAsDefault: setDefault },
    response: { versionId: version.number },
    writes: (writes) => [
      writes.managedPolicies.addVersion(version, setDefault, MAX_POLICY_VERSIONS),
      ...remember(writes, `${policy.id}/${version.number}`),
    ],
    conflicts: {
      stale: changedMeanwhile('policy'),
      exists: changedMeanwhile('policy'),
      refused: () =>
        new ChanceryError(
          'limit_exceeded',
          `${name} has ${MAX_POLICY_VERSIONS} versions, as many as there may be; delete one`,
        ),
    },
  })
  return { version, standing: setDefault }
}

/** Lets another version count. @throws not_found, forbidden as above */
export async function setDefaultPolicyVersion(
  ports: Recording,
  principal: Principal,
  name: string,
  number: number,
): Promise<void> {
  const arn = arns.policy(principal.account, name)
  authorize(principal, 'iam:SetDefaultPolicyVersion', arn)
  const policy = await changeable(ports, principal, name)
  const time = ports.clock.now()
  await recorded(ports, principal, {
    event: 'SetDefaultPolicyVersion',
    time,
    resources: [arn],
    request: { policyName: name, versionId: number },
    writes: (writes) => [writes.managedPolicies.setDefault(policy.id, number, time)],
    conflicts: { stale: notThere('version of this policy') },
  })
}

/** @throws not_found, also for the version that counts: it goes with the policy only */
export async function deletePolicyVersion(
  ports: Recording,
  principal: Principal,
  name: string,
  number: number,
): Promise<void> {
  const arn = arns.policy(principal.account, name)
  authorize(principal, 'iam:DeletePolicyVersion', arn)
  const policy = await changeable(ports, principal, name)
  if (policy.defaultVersion === number)
    throw new ChanceryError(
      'resource_in_use',
      `Version ${number} is the one that counts; let another one count first`,
    )
  await recorded(ports, principal, {
    event: 'DeletePolicyVersion',
    time: ports.clock.now(),
    resources: [arn],
    request: { policyName: name, versionId: number },
    writes: (writes) => [writes.managedPolicies.removeVersion(policy.id, number)],
    conflicts: { stale: notThere('version of this policy') },
  })
}

/** @throws not_found, resource_in_use while somebody has it or is bounded by it */
export async function deletePolicy(ports: Recording, principal: Principal, name: string): Promise<void> {
  const arn = arns.policy(principal.account, name)
  authorize(principal, 'iam:DeletePolicy', arn)
  await limitsOf(ports, principal)
  const policy = await managedAt(ports, principal, name)
  await recorded(ports, principal, {
    event: 'DeleteManagedPolicy',
    time: ports.clock.now(),
    resources: [arn],
    request: { policyName: name },
    writes: (writes) => [writes.managedPolicies.remove(policy.id)],
    conflicts: {
      stale: notThere('policy'),
      refused: () =>
        new ChanceryError('resource_in_use', `${name} is attached to somebody, or is somebody’s boundary`),
    },
  })
}

/** A policy that the caller may change for all who have it. @throws not_found, forbidden */
async function changeable(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  name: string,
): Promise<ManagedPolicy> {
  const limits = await limitsOf(ports, principal)
  // Whom it is attached to isn't bounded, or will not be tomorrow: a new policy does as well.
  refuseBounded(limits, 'changes no policy; make a new one instead')
  const policy = await managedAt(ports, principal, name)
  await refuseOwnPolicy(ports, limits, policy.id)
  return policy
}

/** @throws not_found, for a built-in one too: nobody changes these */
async function managedAt(
  { store }: Pick<Ports, 'store'>,
  { account }: Principal,
  reference: string,
): Promise<ManagedPolicy> {
  const { name, builtIn } = namedPolicy(account, reference)
  const policy = builtIn ? undefined : await store.reads.managedPolicies.get(account, name)
  if (policy === undefined) throw notThere('policy')()
  return policy
}
