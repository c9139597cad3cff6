import type { Call } from '../../../../src/core/domain/calls.ts'
import { DEFAULT_GLOBAL_REGION } from '../../../../src/core/domain/ids.ts'

/** A call that came in; what authentication adds is who made it. */
export const aCall = (more: Partial<Call> = {}): Call => ({
  region: DEFAULT_GLOBAL_REGION,
  requestId: 'request-1',
  sourceAddress: '192.0.2.1',
  userAgent: undefined,
  listener: 'api',
  secure: true,
  ...more,
})
