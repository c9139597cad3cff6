import { arns } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { SharePermission } from '../../domain/share-permissions.ts'
import type { Ports } from '../../ports/ports.ts'
import type { Place } from '../../ports/store.ts'

/** A permission that the place made, by name or ARN. @throws not_found */
export async function sharePermissionNamed(
  ports: Pick<Ports, 'store'>,
  place: Place,
  reference: string,
): Promise<SharePermission> {
  const prefix = arns.sharePermission(place, '')
  const name = reference.startsWith(prefix) ? reference.slice(prefix.length) : reference
  const permission = await ports.store.reads.sharePermissions.byName(place, name)
  if (permission === undefined) throw noSuchPermission()
  return permission
}

export const noSuchPermission = (): ChanceryError =>
  new ChanceryError('not_found', 'permission: there is no such permission here')
