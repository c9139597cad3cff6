import type { Principal } from '../../domain/access.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { AssumableRole, Group, Holder, User } from '../../domain/identities.ts'
import type { PolicyId } from '../../domain/ids.ts'
import type { Ports } from '../../ports/ports.ts'

/** What the caller is in its account's own tables; undefined: a fixed role, the installation, or somebody mapped here. */
type Self =
  | { readonly kind: 'user'; readonly row: User; readonly groups: readonly Group[] }
  | { readonly kind: 'role'; readonly row: AssumableRole }
  | undefined

/** What limits a caller who changes what others, or credentials, may. */
export type Limits = { readonly self: Self; readonly boundary: PolicyId | undefined }

/**
 * What every change to rights asks first, after it was authorized: rights over rights are rights to everything (as in
 * IAM), so whatever limits the caller must limit what it hands out.
 * @throws forbidden for a caller within a scope or a session policy: it can't be passed on, so nothing is
 */
export async function limitsOf(ports: Pick<Ports, 'store'>, principal: Principal): Promise<Limits> {
  if (principal.grants.session !== undefined)
    throw refused('whoever is limited by a scope or by a session policy hands out no rights')
  const self = await selfOf(ports, principal)
  // The boundary that it acts within decides, should its row say something else by now.
  if (principal.grants.boundary !== undefined && self?.row.boundary === undefined)
    throw refused('whoever is limited by a boundary that isn’t its own hands out no rights')
  return { self, boundary: self?.row.boundary }
}

async function selfOf({ store }: Pick<Ports, 'store'>, { arn, account, kind }: Principal): Promise<Self> {
  // arn:aws:iam::<account>:user/<name>, arn:aws:sts::<account>:assumed-role/<role>/<session>
  const name = arn.split('/')[1] ?? ''
  if (kind === 'user') {
    const row = await store.reads.users.get(account, name)
    return row === undefined ? undefined : { kind, row, groups: await store.reads.users.groups(row.id) }
  }
  if (kind !== 'role') return undefined
  const row = await store.reads.roles.get(account, name)
  return row === undefined ? undefined : { kind, row }
}

/**
 * Nobody changes what its own rights come from: no lock-out by mistake, and no way up for whoever may change rights, but
 * not these.
 * @throws forbidden
 */
export function refuseOwn({ self }: Limits, holder: Holder): void {
  const own =
    self?.row.id === holder.id ||
    (self?.kind === 'user' && self.groups.some((group) => group.id === holder.id))
  if (own) throw refused(`nobody changes the ${holder.kind} that its own rights come from`)
}

/** The same for a policy that the caller has, or is bounded by. @throws forbidden */
export async function refuseOwnPolicy(
  { store }: Pick<Ports, 'store'>,
  { self }: Limits,
  policy: PolicyId,
): Promise<void> {
  if (self === undefined) return
  const attached = await store.reads.attachments.of(self.row.id, self.kind === 'user')
  if (self.row.boundary === policy || attached.some(({ id }) => id === policy))
    throw refused('nobody changes a policy that its own rights come from, or are limited by')
}

/**
 * Whoever is bounded changes only whom the same boundary binds, and makes only such.
 * @param other the boundary of whom it is about; undefined: there is none
 * @throws forbidden
 */
export function refuseUnbounded({ boundary }: Limits, other: PolicyId | undefined): void {
  if (boundary !== undefined && other !== boundary)
    throw refused('whoever has a permission boundary gives rights only to whom the same boundary binds')
}

/** What can't be confined to whom the same boundary binds. @throws forbidden */
export function refuseBounded({ boundary }: Limits, what: string): void {
  if (boundary !== undefined) throw refused(`whoever has a permission boundary ${what}`)
}

const refused = (message: string): ChanceryError =>
  new ChanceryError('forbidden', `${message[0]?.toUpperCase()}${message.slice(1)}`)
