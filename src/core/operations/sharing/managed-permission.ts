import { authorize, type Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { MANAGED_PERMISSIONS, type Allowance } from '../../domain/share-permissions.ts'
import { noSuchPermission } from './share-permission-named.ts'

/** What a permission that every installation has allows, by its name. @throws not_found, forbidden */
export function describeManagedPermission(
  principal: Principal,
  name: string,
  action: 'ram:GetPermission' | 'ram:ListPermissionVersions' = 'ram:GetPermission',
): Allowance {
  authorize(principal, action, arns.sharePermission(principal, name))
  const allowance = MANAGED_PERMISSIONS.get(name)
  if (allowance === undefined) throw noSuchPermission()
  return allowance
}
