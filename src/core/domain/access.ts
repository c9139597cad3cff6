import { ACROSS_ACCOUNTS, INSTALLATION_ACTIONS, TOKEN_ACTIONS, type Action } from './actions.ts'
import { arns, type Arn } from './arns.ts'
import { mayBeLent } from './borrowing.ts'
import { ChanceryError } from './errors.ts'
import type { AccountId, Region } from './ids.ts'
import { ADMINISTRATOR_ACCESS } from './policies/built-in.ts'
import { decide, type Decision, type Facts, type Grants } from './policies/decide.ts'

/** Who calls, and where: a call acts for one account in one region. */
export type Principal = {
  /** What the audit trail shows: `token/<id>`, `user/<name>`, `role/<name>/<session>`, `federated/<name>`, `system/<part>`, `key/<hash>`. */
  readonly id: string
  /** A key: somebody who proved to have it. */
  readonly kind: 'token' | 'user' | 'role' | 'federated' | 'system' | 'key'
  /** Whom policies name. */
  readonly arn: Arn
  readonly account: AccountId
  readonly region: Region
  readonly grants: Grants
  /** May do what concerns the whole installation, and manage tokens of other accounts. */
  readonly installation: boolean
  /** What conditions may ask about the caller and the call. */
  readonly facts: Facts
  /** What it proved itself with, where that has an id of its own: `token/<id>`, `access-key/<id>`. */
  readonly credential?: string
  /** For the audit trail. */
  readonly requestId?: string
  readonly sourceAddress?: string
  readonly userAgent?: string
}

/** Who did something, as the audit trail says it. */
export type Actor = Pick<
  Principal,
  'id' | 'kind' | 'account' | 'region' | 'credential' | 'requestId' | 'sourceAddress' | 'userAgent'
>

/** A part of the installation, acting by itself in an account. */
export const systemActor = (
  part: string,
  { account, region }: Pick<Principal, 'account' | 'region'>,
  installation = false,
): Principal => ({
  id: `system/${part}`,
  kind: 'system',
  arn: arns.system(part),
  account,
  region,
  grants: { identity: [ADMINISTRATOR_ACCESS] },
  installation,
  facts: {},
})

/**
 * Decides from its arguments alone, before anything is looked up.
 * @param facts what conditions may ask about the request and its resource, e.g. `acm-pca:templatearn`
 * @throws forbidden naming the action
 */
export function authorize(principal: Principal, action: Action, arn: Arn, facts?: Facts): void {
  if (decisionOn(principal, action, arn, facts).allowed) return
  // What it was about goes to the audit trail; the caller knows.
  throw new ChanceryError('forbidden', `${principal.id} may not ${action}`, {
    details: { action },
    cause: { resource: arn },
  })
}

const NOT_ALLOWED: Decision = { allowed: false, because: 'not_allowed' }

/** Whether a principal may, and which statement decided. */
export function decisionOn(principal: Principal, action: Action, arn: Arn, facts?: Facts): Decision {
  if (!mayEver(principal, action, arn)) return NOT_ALLOWED
  const known = facts === undefined ? principal.facts : { ...principal.facts, ...facts }
  return decide({ grants: principal.grants, action, resource: arn, facts: known })
}

/** What no policy can change. */
function mayEver(principal: Principal, action: Action, arn: Arn): boolean {
  if (INSTALLATION_ACTIONS.has(action)) return principal.installation
  // arn:partition:service:region:account:resource
  const account = arn.split(':', 5)[4]
  if (account === '' || account === principal.account) return true
  if (mayBeLent(action, arn) || ACROSS_ACCOUNTS.has(action)) return true
  return principal.installation && TOKEN_ACTIONS.has(action)
}
