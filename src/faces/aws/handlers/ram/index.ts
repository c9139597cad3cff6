import type { Ports } from '../../../../core/ports/ports.ts'
import type { RamHandlers } from '../../models/ram/model.ts'
import { associationHandlers } from './associations.ts'
import { invitationHandlers } from './invitations.ts'
import { permissionHandlers } from './permissions.ts'
import { sharePermissionHandlers } from './share-permissions.ts'
import { shareHandlers } from './shares.ts'

/** AWS Resource Access Manager, from the same operations as REST. */
export const ramHandlers = (ports: Ports): RamHandlers => ({
  ...shareHandlers(ports),
  ...associationHandlers(ports),
  ...invitationHandlers(ports),
  ...permissionHandlers(ports),
  ...sharePermissionHandlers(ports),
})
