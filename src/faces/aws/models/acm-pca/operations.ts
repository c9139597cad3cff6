import { AUTHORITY_OPERATIONS } from './authority-operations.ts'
import { ACCESS_OPERATIONS } from './access-operations.ts'

/** Every operation. */
export const ACM_PCA_OPERATIONS = {
  ...AUTHORITY_OPERATIONS,
  ...ACCESS_OPERATIONS,
} as const
