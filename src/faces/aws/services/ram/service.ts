import type { Service } from '../../service.ts'
import { COMMON_TABLE } from '../../errors.ts'
import { REST_JSON } from '../../wire/rest-json.ts'
import { RAM_OPERATIONS } from './operations.ts'

/** AWS Resource Access Manager. */
export const RAM = {
  name: 'ram',
  protocol: REST_JSON,
  operations: RAM_OPERATIONS,
  errors: COMMON_TABLE,
} as const satisfies Service
