import { authorize, type Principal } from '../../domain/access.ts'
import type { Token } from '../../domain/accounts.ts'
import { arns } from '../../domain/arns.ts'
import type { AssumableRole, User } from '../../domain/identities.ts'
import type { AccountId } from '../../domain/ids.ts'
import type { Role } from '../../domain/policies/built-in.ts'
import type { Ports } from '../../ports/ports.ts'
import { limitsOf, refuseBounded, refuseUnbounded } from './limits.ts'
import { notThere } from './recorded.ts'
import { roleAt } from './roles.ts'
import { userAt } from './users.ts'

/** Whom a token stands for: a fixed role, a user, or a role. */
export type StandsFor =
  | { readonly kind: 'fixed'; readonly role: Role }
  | { readonly kind: 'user'; readonly user: User }
  | { readonly kind: 'role'; readonly role: AssumableRole; readonly session: string }

/** The same as the caller names it. */
export type StandIn =
  | { readonly kind: 'fixed'; readonly role: Role }
  | { readonly kind: 'user'; readonly name: string }
  | { readonly kind: 'role'; readonly name: string; readonly session: string }

/**
 * A token is as good as what it stands for, so making one needs the right to hand that on: `iam:PassRole` on a role or a
 * fixed role, `iam:CreateAccessKey` on a user. An administrator of the installation needs none for another account.
 * @throws forbidden, not_found
 */
export async function passOn(
  ports: Pick<Ports, 'store'>,
  principal: Principal,
  account: AccountId,
  asked: StandIn,
): Promise<StandsFor> {
  const at = { account }
  const abroad = account !== principal.account
  if (!abroad) {
    if (asked.kind === 'user') authorize(principal, 'iam:CreateAccessKey', arns.user(account, asked.name))
    else
      authorize(
        principal,
        'iam:PassRole',
        asked.kind === 'role' ? arns.role(account, asked.name) : arns.fixedRole(account, asked.role),
      )
  }
  const limits = await limitsOf(ports, principal)
  if (asked.kind === 'fixed') {
    refuseBounded(limits, 'makes no tokens with a fixed role: no boundary would bind them')
    return asked
  }
  if (asked.kind === 'user') {
    const user = await userAt(ports, at, asked.name)
    refuseUnbounded(limits, user.boundary)
    return { kind: 'user', user }
  }
  const role = await roleAt(ports, at, asked.name)
  refuseUnbounded(limits, role.boundary)
  return { kind: 'role', role, session: asked.session }
}

/** Whom a token stands for, as a caller would name it. @throws not_found when that is gone */
export async function standInOf({ store }: Pick<Ports, 'store'>, token: Token): Promise<StandIn> {
  const { role, user, assumes } = token
  if (role !== undefined) return { kind: 'fixed', role }
  if (user !== undefined) {
    const row = await store.reads.users.byId(user)
    if (row !== undefined) return { kind: 'user', name: row.name }
  } else if (assumes !== undefined) {
    const row = await store.reads.roles.byId(assumes.role)
    if (row !== undefined) return { kind: 'role', name: row.name, session: assumes.session }
  }
  throw notThere('token')()
}
