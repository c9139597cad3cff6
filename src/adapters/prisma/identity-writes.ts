import type { AssumableRole } from '../../core/domain/identities.ts'
import type { IdentityWrites } from '../../core/ports/identity-store.ts'
import { orNull, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** As data: who there is in an account, and what they may. */
export const identityWrites: IdentityWrites = {
  users: {
    add: (u) =>
      write(
        'users.add',
        u.id,
        u.account,
        u.name,
        orNull(u.boundary),
        JSON.stringify(u.tags),
        u.createdAt,
        u.account,
      ),
    update: (u) => write('users.update', orNull(u.boundary), JSON.stringify(u.tags), u.id, u.account),
    remove: (id, at) => write('users.remove', id, at),
  },
  groups: {
    add: (g) => write('groups.add', g.id, g.account, g.name, g.createdAt),
    remove: (id) => write('groups.remove', id),
    addMember: (group, user, most) => write('groups.addMember', user, group, most),
    removeMember: (group, user) => write('groups.removeMember', user, group),
  },
  roles: {
    add: (r) => write('roles.add', r.id, r.account, r.name, r.createdAt, ...changing(r)),
    update: (before, after) =>
      write('roles.update', before.id, before.account, before.updatedAt, ...changing(after)),
    remove: (id, at) => write('roles.remove', id, at),
  },
  managedPolicies: {
    add: (p, document) =>
      write('managedPolicies.add', p.id, p.account, p.name, p.description, p.createdAt, document),
    addVersion: (v, standing, most) =>
      write(
        'managedPolicies.addVersion',
        v.policy,
        v.number,
        v.document,
        v.createdAt,
        standing ? 1 : 0,
        most,
      ),
    setDefault: (id, number, at) => write('managedPolicies.setDefault', number, at, id, number),
    removeVersion: (id, number) => write('managedPolicies.removeVersion', id, number),
    remove: (id) => write('managedPolicies.remove', id),
  },
  attachments: {
    add: (policy, holder, most) => write('attachments.add', policy, holder.id, holder.kind, most),
    remove: (policy, holder) => write('attachments.remove', policy, holder.id),
  },
  administrators: {
    keep: (account, now) => write('administrators.keep', account, now),
    keepOfInstallation: (now) => write('administrators.keepOfInstallation', now),
  },
}

/** In the order of ROLE_CHANGING. */
const changing = (r: AssumableRole): WireValue[] => [
  r.description,
  r.trust,
  r.maxSessionSeconds,
  orNull(r.boundary),
  JSON.stringify(r.tags),
  r.updatedAt,
]
