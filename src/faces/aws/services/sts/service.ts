import type { ErrorTable } from '../../errors.ts'
import { COMMON_TABLE } from '../../errors.ts'
import type { Operations, Service } from '../../service.ts'
import { string, structure } from '../../shapes/shape.ts'
import { queryProtocol } from '../../wire/query.ts'

const OPERATIONS = {
  GetCallerIdentity: {
    input: structure({}),
    output: structure({ UserId: string(), Account: string(), Arn: string({ min: 20, max: 2048 }) }),
    errors: [],
  },
} as const satisfies Operations

const ERRORS: ErrorTable = {
  codes: {
    ...COMMON_TABLE.codes,
    unauthenticated: ['MissingAuthenticationToken'],
    forbidden: ['AccessDenied'],
    request_invalid: ['ValidationError'],
    throttled: ['Throttling'],
  },
  statuses: {
    MissingAuthenticationToken: 403,
    IncompleteSignature: 403,
    SignatureDoesNotMatch: 403,
    InvalidClientTokenId: 403,
    ExpiredToken: 403,
    AccessDenied: 403,
  },
}

/** AWS Security Token Service. */
export const STS = {
  name: 'sts',
  protocol: queryProtocol('https://sts.amazonaws.com/doc/2011-06-15/'),
  operations: OPERATIONS,
  errors: ERRORS,
} as const satisfies Service
