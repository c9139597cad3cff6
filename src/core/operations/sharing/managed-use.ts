import { refuse } from '../../domain/errors.ts'
import { CERTIFICATE_SERVICE, SERVICE_ACTIONS } from '../../domain/share-permissions.ts'
import type { SigningAuthority } from '../authorities/signing-authority.ts'

/** The rule that is broken where an authority serves managed certificates no more. */
export const SERVICE_NOT_PERMITTED = 'service_not_permitted'

/**
 * Managed certificates of an authority's own account need its permission for their service, which it has unless it was
 * taken away (contract §5.5). Where it belongs to another account, that account's share says what may be done.
 * @throws policy_refused
 */
export function requireManagedUse({ authority, lent }: Pick<SigningAuthority, 'authority' | 'lent'>): void {
  if (lent !== undefined) return
  const permitted = authority.servicePermission?.actions ?? []
  const missing = SERVICE_ACTIONS.filter((action) => !permitted.includes(action))
  if (missing.length === 0) return
  refuse('policy_refused', [
    {
      code: SERVICE_NOT_PERMITTED,
      field: 'authority',
      message:
        `“${authority.name}” doesn’t permit ${CERTIFICATE_SERVICE}, which is managed certificates, ` +
        `${missing.join(', ')}; give it the permission, or name another authority`,
    },
  ])
}
