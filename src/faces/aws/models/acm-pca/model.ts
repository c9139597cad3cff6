import { CHAIN_BODY_LIMIT, type HandlersOf, type Service } from '../../service-model.ts'
import { JSON_1_1 } from '../../wire/json-1-1.ts'
import { ACM_PCA_ERRORS } from './errors.ts'
import { ACM_PCA_OPERATIONS } from './operations.ts'

/** AWS Private CA. */
export const ACM_PCA = {
  name: 'acm-pca',
  protocol: JSON_1_1,
  target: 'ACMPrivateCA',
  bodyLimit: CHAIN_BODY_LIMIT,
  operations: ACM_PCA_OPERATIONS,
  errors: ACM_PCA_ERRORS,
} as const satisfies Service

export type AcmPcaHandlers = HandlersOf<typeof ACM_PCA_OPERATIONS>
