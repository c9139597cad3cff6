import { SHARE_OPERATIONS } from './share-operations.ts'
import { ASSOCIATION_OPERATIONS } from './association-operations.ts'
import { PERMISSION_OPERATIONS } from './permission-operations.ts'

/** Every operation. */
export const RAM_OPERATIONS = {
  ...SHARE_OPERATIONS,
  ...ASSOCIATION_OPERATIONS,
  ...PERMISSION_OPERATIONS,
} as const
