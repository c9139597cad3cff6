import type { HandlersOf, Service } from '../../service-model.ts'
import { JSON_1_1 } from '../../wire/json-1-1.ts'
import { ACM_ERRORS } from './errors.ts'
import { ACM_OPERATIONS } from './operations.ts'

/** AWS Certificate Manager. */
export const ACM = {
  name: 'acm',
  protocol: JSON_1_1,
  target: 'CertificateManager',
  operations: ACM_OPERATIONS,
  errors: ACM_ERRORS,
} as const satisfies Service

export type AcmHandlers = HandlersOf<typeof ACM_OPERATIONS>
