import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityChanges } from './authority-changes.ts'
import { authorityReads } from './authority-reads.ts'
import { certificateHandlers } from './certificates.ts'
import { permissionHandlers } from './permissions.ts'
import { reportHandlers } from './reports.ts'
import { authorityTagHandlers } from './tags.ts'

/** AWS Private CA, from the same operations as REST. */
export const acmPcaHandlers = (ports: Ports): AcmPcaHandlers => ({
  ...authorityReads(ports),
  ...authorityChanges(ports),
  ...certificateHandlers(ports),
  ...permissionHandlers(ports),
  ...reportHandlers(ports),
  ...authorityTagHandlers(ports),
})
