import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../services/acm-pca/service.ts'
import { authorityReads } from './authority-reads.ts'

/** AWS Private CA, from the same operations as REST. */
export const acmPcaHandlers = (ports: Ports): Partial<AcmPcaHandlers> => ({ ...authorityReads(ports) })
