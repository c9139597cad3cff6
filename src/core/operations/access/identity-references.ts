import { arns, type Arn } from '../../domain/arns.ts'
import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import { IDENTITY_NAME, type AttachedPolicy, type Tags } from '../../domain/identities.ts'
import type { AccountId, PolicyId } from '../../domain/ids.ts'
import { BUILT_IN_POLICIES } from '../../domain/policies/built-in.ts'
import type { Ports } from '../../ports/ports.ts'

/** A policy as callers see it where somebody has it. */
export type PolicyReference = { readonly id: PolicyId; readonly name: string; readonly arn: Arn }

/** A policy by what the caller calls it: its ARN is known before anything is looked up. */
export type NamedPolicy = { readonly name: string; readonly arn: Arn; readonly builtIn: boolean }

const POLICY_ARN = /^arn:aws:iam::(aws|[0-9]{12}):policy\/([\w+=,.@-]{1,128})$/

/**
 * A policy by its name or ARN: one of the account, or a built-in one. One of another account is as unknown as any.
 * @throws not_found for what can be the name of none
 */
export function namedPolicy(account: AccountId, reference: string): NamedPolicy {
  const [, owner, name = reference] = POLICY_ARN.exec(reference) ?? []
  const builtIn = owner === 'aws' || (owner === undefined && BUILT_IN_POLICIES.has(name))
  if (owner === undefined && reference.startsWith('arn:')) throw noPolicy()
  if (owner !== undefined && owner !== 'aws' && owner !== account) throw noPolicy()
  return { name, arn: builtIn ? arns.builtInPolicy(name) : arns.policy(account, name), builtIn }
}

/** @throws not_found */
export async function policyAt(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  { name, arn, builtIn }: NamedPolicy,
): Promise<PolicyReference> {
  if (builtIn) {
    if (!BUILT_IN_POLICIES.has(name)) throw noPolicy()
    return { id: name as PolicyId, name, arn }
  }
  const policy = await store.reads.managedPolicies.get(account, name)
  if (policy === undefined) throw noPolicy()
  return { id: policy.id, name, arn }
}

/** As above, from a member of the request. */
export const policyNamed = (
  ports: Pick<Ports, 'store'>,
  account: AccountId,
  reference: string,
): Promise<PolicyReference> => policyAt(ports, account, namedPolicy(account, reference))

export const referenceOf = (account: AccountId, { id, name, document }: AttachedPolicy): PolicyReference => ({
  id,
  name,
  arn: document === undefined ? arns.builtInPolicy(name) : arns.policy(account, name),
})

/** A boundary as callers see it. */
export async function boundaryReference(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  boundary: PolicyId | undefined,
): Promise<PolicyReference | undefined> {
  if (boundary === undefined) return undefined
  const standing = await store.reads.managedPolicies.standing(boundary)
  return referenceOf(account, standing ?? { id: boundary, name: boundary, document: undefined })
}

/** What conditions may ask about a boundary that is given, `iam:PermissionsBoundary`. */
export const boundaryFacts = (account: AccountId, boundary: string | null | undefined) =>
  typeof boundary === 'string' ? { 'iam:permissionsboundary': namedPolicy(account, boundary).arn } : {}

/** @throws request_invalid naming `name` */
export function refuseName(name: string, pattern = IDENTITY_NAME): void {
  if (!pattern.test(name))
    refuse('request_invalid', [
      { code: 'name', field: 'name', message: 'letters, digits and _+=,.@- are expected' },
    ])
}

const MOST_TAGS = 50
const TAG_KEY = /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/** As IAM takes them; keys differ in more than their case, since conditions don't see that. @throws request_invalid */
export function refuseTags(tags: Tags): void {
  const violations: Violation[] = []
  const keys = Object.keys(tags)
  const add = (field: string, message: string) => violations.push({ code: 'tag', field, message })
  if (keys.length > MOST_TAGS) add('tags', `there are at most ${MOST_TAGS}`)
  if (new Set(keys.map((key) => key.toLowerCase())).size !== keys.length)
    add('tags', 'keys must differ in more than upper and lower case')
  for (const [key, value] of Object.entries(tags)) {
    if (!TAG_KEY.test(key))
      add(`tags.${key.slice(0, 20)}`, 'a key is 1 to 128 letters, digits, blanks and _.:/=+-@')
    if (!TAG_VALUE.test(value))
      add(`tags.${key.slice(0, 20)}`, 'a value is up to 256 letters, digits, blanks and _.:/=+-@')
  }
  refuse('request_invalid', violations)
}

const noPolicy = (): ChanceryError => new ChanceryError('not_found', 'There is no such policy')

/** What a policy says. @throws not_found */
export async function policyText(
  { store }: Pick<Ports, 'store'>,
  account: AccountId,
  { name, builtIn }: NamedPolicy,
): Promise<string> {
  const { managedPolicies } = store.reads
  const policy = builtIn ? undefined : await managedPolicies.get(account, name)
  const standing = builtIn
    ? BUILT_IN_POLICIES.get(name)
    : policy && (await managedPolicies.standing(policy.id))
  if (standing?.document === undefined) throw noPolicy()
  return standing.document
}
