import type { Ports } from '../../../../core/ports/ports.ts'
import { acmeControl } from './acme.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'
import { certificateOptions } from './options.ts'
import { certificateReads } from './reads.ts'
import { certificateRequests } from './requests.ts'
import { certificateTags } from './tags.ts'

/** AWS Certificate Manager, from the same operations as REST. */
export const acmHandlers = (ports: Ports): AcmHandlers => ({
  ...certificateRequests(ports),
  ...certificateReads(ports),
  ...certificateTags(ports),
  ...certificateOptions(ports),
  ...acmeControl(),
})
