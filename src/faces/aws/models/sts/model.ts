import type { ErrorTable } from '../../errors.ts'
import { COMMON_TABLE } from '../../errors.ts'
import type { Operations, Service } from '../../service-model.ts'
import { integer, list, required, string, structure, timestamp } from '../../shapes/shape.ts'
import { queryProtocol } from '../../wire/query.ts'

const Arn = string({ min: 20, max: 2048 })

const OPERATIONS = {
  GetCallerIdentity: {
    input: structure({}),
    output: structure({ UserId: string(), Account: string(), Arn }),
    errors: [],
  },
  AssumeRole: {
    input: structure({
      RoleArn: required(Arn),
      RoleSessionName: required(string({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' })),
      PolicyArns: list(structure({ arn: Arn })),
      Policy: string({ min: 1, max: 20_480, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' }),
      DurationSeconds: integer({ min: 900, max: 43_200 }),
      Tags: list(
        structure({ Key: required(string({ min: 1, max: 128 })), Value: required(string({ max: 256 })) }),
      ),
      TransitiveTagKeys: list(string({ min: 1, max: 128 })),
      ExternalId: string({ min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' }),
      SerialNumber: string({ min: 9, max: 256 }),
      TokenCode: string({ min: 6, max: 6, pattern: '[\\d]*' }),
      SourceIdentity: string({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' }),
      ProvidedContexts: list(
        structure({ ProviderArn: Arn, ContextAssertion: string({ min: 4, max: 2048 }) }),
      ),
    }),
    output: structure({
      Credentials: structure({
        AccessKeyId: required(string()),
        SecretAccessKey: required(string()),
        SessionToken: required(string()),
        Expiration: required(timestamp),
      }),
      AssumedRoleUser: structure({ AssumedRoleId: required(string()), Arn: required(string()) }),
    }),
    errors: ['MalformedPolicyDocument', 'PackedPolicyTooLarge', 'ExpiredTokenException'],
  },
} as const satisfies Operations

const ERRORS: ErrorTable = {
  codes: {
    ...COMMON_TABLE.codes,
    unauthenticated: ['MissingAuthenticationToken'],
    forbidden: ['AccessDenied'],
    request_invalid: ['ValidationError'],
    not_found: ['ValidationError'],
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
  // Read before it is known who sends it, since the operation's name stands in it; a session's policy may be the most of it.
  bodyLimit: 128 * 1024,
  operations: OPERATIONS,
  errors: ERRORS,
} as const satisfies Service
