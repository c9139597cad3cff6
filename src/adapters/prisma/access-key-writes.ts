import type { SealedAccessKey } from '../../core/domain/access-keys.ts'
import type { AccessKeyWrites } from '../../core/ports/access-key-store.ts'
import type { OrganizationWrites } from '../../core/ports/organization-store.ts'
import { blob, jsonOrNull, orNull, write } from './wire-values.ts'
import type { WireValue } from './writer/protocol.ts'

/** As data: keys that requests are signed with. */
export const accessKeyWrites: AccessKeyWrites = {
  accessKeys: {
    add: (k, most) => write('accessKeys.add', most, ...secret(k), ...row(k)),
    setStatus: (account, id, status) => write('accessKeys.setStatus', status, id, account),
    remove: (account, id) => write('accessKeys.remove', id, account),
    used: (id, use) => write('accessKeys.used', use.at, use.service, use.region, id),
    dropExpired: (now, limit) => write('accessKeys.dropExpired', now, limit),
  },
}

/** As data: the organization, and which accounts are in it. */
export const organizationWrites: OrganizationWrites = {
  organization: {
    add: (o) => write('organization.add', o.id, o.managementAccount, o.createdAt),
    remove: (id) => write('organization.remove', id),
    addAccount: (id, account, at) => write('organization.addAccount', id, account, at),
    removeAccount: (id, account) => write('organization.removeAccount', account, id),
  },
}

/** In the order of SECRET_COLUMNS; a secret has no public key. */
const secret = ({ sealedSecret: s }: SealedAccessKey): WireValue[] => [
  s.id,
  s.account,
  s.region,
  s.purpose,
  s.provider,
  s.kekId,
  s.kekVersion,
  blob(s.sealed),
  s.createdAt,
]

/** In the order of ACCESS_KEY_COLUMNS. */
function row(k: SealedAccessKey): WireValue[] {
  const { holder } = k
  const session = holder.kind === 'session' ? holder : undefined
  return [
    k.id,
    k.account,
    holder.kind === 'user' ? holder.user : null,
    orNull(session?.role),
    orNull(session?.session),
    k.sealedSecret.id,
    session === undefined ? null : blob(session.tokenHash),
    jsonOrNull(session?.policies),
    jsonOrNull(session?.facts),
    k.status,
    k.createdAt,
    orNull(k.expiresAt),
  ]
}
