import { authorize, decisionOn, type Principal } from '../../domain/access.ts'
import { ACTIONS, type Action } from '../../domain/actions.ts'
import { arns, type Arn } from '../../domain/arns.ts'
import type { Call } from '../../domain/calls.ts'
import { ChanceryError, refuse, type Violation } from '../../domain/errors.ts'
import { conditionKey } from '../../domain/policies/condition-keys.ts'
import type { Decision, Facts, Grants } from '../../domain/policies/decide.ts'
import { explain, LAYERS, type Explanation, type Layer } from '../../domain/policies/explain.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Ports } from '../../ports/ports.ts'
import { rolePrincipal, userPrincipal } from './principals.ts'

export type SimulationRequest = {
  /** ARN of a user, a role or a role's session of the caller's account; the caller when absent. */
  readonly principal?: string
  /** Documents that take the place of what the principal has; a layer that isn't there sets no limit. */
  readonly policies?: { readonly [Each in Layer]?: readonly string[] }
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  /** What the call would be like: condition keys in any letter case. They take the place of what is known. */
  readonly facts?: Facts
}

export type SimulatedDecision = Decision & Explanation & { readonly action: Action; readonly resource: Arn }

type Reading = Pick<Ports, 'store' | 'clock'>
/** What a session is called that nobody has begun. */
const NO_SESSION = 'simulation'

/**
 * Says what somebody may, and which statement decides, without doing anything. Everybody may ask about himself; a
 * resource's own policies and shares are not looked at, so of another account's authority it is half of the answer.
 * @throws forbidden, not_found for the principal, request_invalid for documents (with the position), actions, facts
 */
export async function simulateAccess(
  ports: Reading,
  principal: Principal,
  request: SimulationRequest,
): Promise<{ readonly principal: Arn; readonly decisions: readonly SimulatedDecision[] }> {
  refuse('request_invalid', violations(request))
  if (request.policies !== undefined)
    authorize(principal, 'iam:SimulateCustomPolicy', arns.account(principal.account))
  const grants = request.policies && grantsFrom(request.policies)
  const whom =
    request.principal === undefined || request.principal === principal.arn
      ? principal
      : await other(ports, principal, request.principal)
  const acting = grants === undefined ? whom : { ...whom, grants }
  const facts = Object.fromEntries(
    Object.entries(request.facts ?? {}).map(([key, value]) => [key.toLowerCase(), value]),
  )
  const decisions = request.actions.flatMap((action) =>
    request.resources.map((resource) => decided(acting, action as Action, resource as Arn, facts)),
  )
  return { principal: whom.arn, decisions }
}

function decided(acting: Principal, action: Action, resource: Arn, facts: Facts): SimulatedDecision {
  const known = { ...acting.facts, ...facts }
  return {
    action,
    resource,
    ...decisionOn(acting, action, resource, facts),
    ...explain({ grants: acting.grants, action, resource, facts: known }),
  }
}

function violations({ actions, resources, facts }: SimulationRequest): Violation[] {
  return [
    ...actions.flatMap((action, i) =>
      (ACTIONS as readonly string[]).includes(action)
        ? []
        : [{ code: 'action', field: `actions[${i}]`, message: 'is no action of this installation' }],
    ),
    ...resources.flatMap((resource, i) =>
      /^arn(?::[^:]*){4}:/.test(resource)
        ? []
        : [
            {
              code: 'resource',
              field: `resources[${i}]`,
              message: 'is no ARN, which has six fields between colons',
            },
          ],
    ),
    ...Object.keys(facts ?? {}).flatMap((key) =>
      conditionKey(key) === undefined
        ? [
            {
              code: 'key',
              field: `facts.${key}`,
              message: 'is no condition key; docs/policies.md lists them',
            },
          ]
        : [],
    ),
  ]
}

function grantsFrom(policies: NonNullable<SimulationRequest['policies']>): Grants {
  const layer = (name: Layer) =>
    policies[name]?.map((text, i) => {
      const field = `policies.${name}[${i}]`
      return parsePolicy(text, name === 'session' ? 'scope' : 'identity', field, field)
    })
  const [identity = [], boundary, session] = LAYERS.map(layer)
  return { identity, ...(boundary && { boundary }), ...(session && { session }) }
}

const NAMED = /^arn:aws:(?:iam|sts)::([0-9]{12}):(user|role|assumed-role)\/([^/]+)(?:\/([^/]+))?$/

/** Somebody else of the account. A name of another account is looked for here, and found as little as any unknown one. */
async function other(ports: Reading, principal: Principal, reference: string): Promise<Principal> {
  const { account } = principal
  const [, itsAccount, kind, name = '', session = NO_SESSION] = NAMED.exec(reference) ?? []
  const own = itsAccount === account
  const looksFor = own ? name : reference
  const arn = kind === 'user' || !own ? arns.user(account, own ? name : '*') : arns.role(account, name)
  authorize(principal, 'iam:SimulatePrincipalPolicy', arn)
  const call = callLike(principal)
  if (kind === 'user') {
    const user = await ports.store.reads.users.get(account, looksFor)
    if (user !== undefined) return userPrincipal(ports, account, user.id, call)
  } else {
    const role = await ports.store.reads.roles.get(account, looksFor)
    if (role !== undefined) return rolePrincipal(ports, arns.role(account, role.name), session, call)
  }
  throw new ChanceryError('not_found', 'principal: this account has no such user or role')
}

/** As if the other called in the caller's place. */
const callLike = ({ region, requestId, sourceAddress, userAgent, facts }: Principal): Call => ({
  region,
  requestId: requestId ?? '',
  sourceAddress: sourceAddress ?? '',
  userAgent,
  listener: typeof facts['aws:sourcevpce'] === 'string' ? facts['aws:sourcevpce'] : '',
  secure: facts['aws:securetransport'] === 'true',
})
