import { CERTIFICATE_OPERATIONS } from './certificate-operations.ts'
import { ACME_OPERATIONS } from './acme-operations.ts'

/** Every operation. */
export const ACM_OPERATIONS = {
  ...CERTIFICATE_OPERATIONS,
  ...ACME_OPERATIONS,
} as const
