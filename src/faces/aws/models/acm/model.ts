import { CHAIN_BODY_LIMIT, type HandlersOf, type Service } from '../../service-model.ts'
import { JSON_1_1 } from '../../wire/json-1-1.ts'
import { ACM_ERRORS } from './errors.ts'
import { ACM_OPERATIONS } from './operations.ts'

/** AWS Certificate Manager. */
export const ACM = {
  name: 'acm',
  protocol: JSON_1_1,
  target: 'CertificateManager',
  bodyLimit: CHAIN_BODY_LIMIT,
  operations: ACM_OPERATIONS,
  errors: ACM_ERRORS,
} as const satisfies Service

export type AcmHandlers = HandlersOf<typeof ACM_OPERATIONS>
