import type { HandlersOf, Service } from '../../service-model.ts'
import { REST_JSON } from '../../wire/rest-json.ts'
import { RAM_ERRORS } from './errors.ts'
import { RAM_OPERATIONS } from './operations.ts'

/** AWS Resource Access Manager. */
export const RAM = {
  name: 'ram',
  protocol: REST_JSON,
  // Policy templates of permissions are the longest.
  bodyLimit: 1024 * 1024,
  operations: RAM_OPERATIONS,
  errors: RAM_ERRORS,
} as const satisfies Service

/** What answers for it. */
export type RamHandlers = HandlersOf<typeof RAM_OPERATIONS>
