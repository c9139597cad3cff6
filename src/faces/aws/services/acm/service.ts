import type { Service } from '../../service.ts'
import { COMMON_TABLE } from '../../errors.ts'
import { JSON_1_1 } from '../../wire/json-1-1.ts'
import { ACM_OPERATIONS } from './operations.ts'

/** AWS Certificate Manager. */
export const ACM = {
  name: 'acm',
  protocol: JSON_1_1,
  target: 'CertificateManager',
  operations: ACM_OPERATIONS,
  errors: COMMON_TABLE,
} as const satisfies Service
