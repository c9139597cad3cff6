import type { Writes } from '../../core/ports/store.ts'
import { jsonOrNull, orNull, write } from './wire-values.ts'

/** As data: what accounts lend to one another. */
export const shareWrites: Pick<
  Writes,
  'shares' | 'shareInvitations' | 'sharePermissions' | 'authorityPolicies' | 'servicePermissions'
> = {
  shares: {
    add: (s) =>
      write(
        'shares.add',
        s.id,
        s.account,
        s.region,
        s.name,
        s.revision,
        s.external ? 1 : 0,
        s.permission,
        s.permissionVersion,
        JSON.stringify(s.tags),
        s.createdAt,
        s.updatedAt,
      ),
    replace: (before, after) =>
      write(
        'shares.replace',
        after.name,
        after.external ? 1 : 0,
        after.permission,
        after.permissionVersion,
        JSON.stringify(after.tags),
        after.updatedAt,
        after.revision,
        before.id,
        before.revision,
      ),
    remove: (id) => write('shares.remove', id),
    addAuthority: (share, authority, at) => write('shares.addAuthority', authority, at, share),
    removeAuthority: (share, authority) => write('shares.removeAuthority', share, authority),
    removeAuthorityEverywhere: (authority) => write('shares.removeAuthorityEverywhere', authority),
    addPrincipal: (p) =>
      write(
        'shares.addPrincipal',
        p.principal,
        orNull(p.account),
        orNull(p.organization),
        p.createdAt,
        p.share,
      ),
    removePrincipal: (share, principal) => write('shares.removePrincipal', share, principal),
    removeAccount: (share, account) => write('shares.removeAccount', share, account),
  },
  shareInvitations: {
    add: (i) =>
      write(
        'shareInvitations.add',
        i.id,
        i.share,
        i.shareName,
        i.sender,
        i.account,
        i.region,
        i.status,
        i.createdAt,
        i.expiresAt,
      ),
    decide: (id, to, at) => write('shareInvitations.decide', to, at, id),
    end: (share, account, at) => write('shareInvitations.end', at, share, account),
  },
  sharePermissions: {
    add: (p) =>
      write(
        'sharePermissions.add',
        p.id,
        p.account,
        p.region,
        p.name,
        p.defaultVersion,
        p.lastVersion,
        p.createdAt,
        p.updatedAt,
      ),
    addVersion: (v) =>
      write(
        'sharePermissions.addVersion',
        v.permission,
        v.version,
        JSON.stringify(v.actions),
        jsonOrNull(v.templates),
        v.createdAt,
      ),
    setDefault: (id, version, at) => write('sharePermissions.setDefault', version, at, id, version),
    removeVersion: (id, version) => write('sharePermissions.removeVersion', id, version),
    remove: (id) => write('sharePermissions.remove', id),
  },
  authorityPolicies: {
    put: (p) => write('authorityPolicies.put', p.authority, p.policy, p.createdAt, p.updatedAt),
    remove: (authority) => write('authorityPolicies.remove', authority),
  },
  servicePermissions: {
    set: (authority, permission) => write('servicePermissions.set', jsonOrNull(permission), authority),
  },
}
