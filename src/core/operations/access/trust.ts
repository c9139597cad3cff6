import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { AssumableRole } from '../../domain/identities.ts'
import { decideByResource, type Facts } from '../../domain/policies/decide.ts'
import type { Who } from '../../domain/policies/policy.ts'
import { storedPolicy } from './documents.ts'

/** Every name that a trust policy may call the caller by: its own, its role's, its account's. */
export function namesOf({ account, arn, kind, facts }: Principal): Who {
  // The installation itself is nobody whom a policy names.
  if (kind === 'system' || kind === 'key') return {}
  const role = facts['aws:principalarn']
  return { AWS: [...new Set([arn, ...(typeof role === 'string' ? [role] : []), arns.accountRoot(account)])] }
}

/**
 * Whether a role's trust policy lets somebody take the role on.
 * @param who by default: as the caller's names
 * @param action another than `sts:AssumeRole` for those who prove elsewhere who they are
 */
export function trusts(
  role: AssumableRole,
  principal: Principal,
  facts: Facts,
  action = 'sts:AssumeRole',
  who: Who = namesOf(principal),
): boolean {
  return decideByResource({
    policies: [storedPolicy(role.trust, 'trust', `trust of ${role.name}`)],
    who,
    action,
    resource: arns.role(role.account, role.name),
    facts: { ...principal.facts, ...facts },
  }).allowed
}
