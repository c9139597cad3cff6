import type { Principal } from '../../core/domain/access.ts'
import type { ChanceryError } from '../../core/domain/errors.ts'
import type { ErrorCode, Violation } from '../../core/domain/errors.ts'
import type { SignatureFault } from '../../core/domain/sigv4/refusal.ts'
import { AwsRefusal } from './refusals.ts'

/** Types that say the same, best first: the first that the operation's clients know is told, else the last. */
type Types = readonly [string, ...string[]]

/** How a service spells errors. */
export type ErrorTable = {
  readonly codes: Readonly<Record<ErrorCode, Types>>
  /** By the code of the first violation, which says more than the error's own. */
  readonly violations?: Readonly<Record<string, Types>>
  /** HTTP statuses of types other than 400; those below hold everywhere. */
  readonly statuses?: Readonly<Record<string, number>>
  /** What the core calls a field, and what the service does: `csr` or everything below `subject.`. */
  readonly fields?: Readonly<Record<string, string>>
  /** Texts that clients compare with, by operation and code. */
  readonly texts?: {
    readonly [operation: string]: Partial<Record<ErrorCode, (input: Input) => string>> | undefined
  }
}
type Input = Readonly<Record<string, unknown>>

/** Codes that every service spells alike. */
export const COMMON_CODES = {
  unauthenticated: ['MissingAuthenticationTokenException'],
  forbidden: ['AccessDeniedException'],
  method_not_allowed: ['UnknownOperationException'],
  not_acceptable: ['ValidationException'],
  lint_failed: ['ValidationException'],
  precondition_failed: ['ValidationException'],
  body_too_large: ['RequestEntityTooLargeException'],
  media_type_unsupported: ['SerializationException'],
  throttled: ['ThrottlingException'],
  kms_unavailable: ['ServiceUnavailableException'],
  unavailable: ['ServiceUnavailableException'],
  internal: ['InternalFailure'],
} as const satisfies Partial<Record<ErrorCode, Types>>

/** For what is refused before it is known which service is meant, and for services that add nothing of their own. */
export const COMMON_TABLE: ErrorTable = {
  codes: {
    ...COMMON_CODES,
    request_invalid: ['ValidationException'],
    csr_invalid: ['ValidationException'],
    certificate_invalid: ['ValidationException'],
    policy_refused: ['ValidationException'],
    not_found: ['ResourceNotFoundException'],
    state_conflict: ['InvalidStateException'],
    already_revoked: ['InvalidStateException'],
    resource_in_use: ['ResourceInUseException'],
    already_exists: ['ConflictException'],
    idempotency_mismatch: ['ValidationException'],
    idempotency_in_progress: ['RequestInProgressException'],
    idempotency_done: ['ValidationException'],
    limit_exceeded: ['LimitExceededException'],
  },
}

const STATUSES: Readonly<Record<string, number>> = {
  RequestEntityTooLargeException: 413,
  ServiceUnavailableException: 503,
  ServiceUnavailable: 503,
  InternalFailure: 500,
}

/** What is wrong with a signature, as services of JSON say it. */
export const SIGNATURE_TYPES = {
  incomplete: 'IncompleteSignatureException',
  unsigned_header: 'InvalidSignatureException',
  scope: 'InvalidSignatureException',
  not_current: 'InvalidSignatureException',
  payload: 'InvalidSignatureException',
  key: 'UnrecognizedClientException',
  expired_token: 'ExpiredTokenException',
  mismatch: 'InvalidSignatureException',
} as const satisfies Record<SignatureFault, string>

/** An error as a client of AWS reads it. */
export type SpokenError = { readonly type: string; readonly status: number; readonly message: string }

/** Whom and what an error is about, as far as it was known when it was thrown. */
export type Circumstances = {
  readonly table: ErrorTable
  readonly signatureTypes: Readonly<Record<SignatureFault, string>>
  readonly operation?: { readonly name: string; readonly errors: readonly string[] } | undefined
  readonly principal?: Principal | undefined
  readonly input?: Input | undefined
}

/** Spells an error of the core, or of the front end, as the service does. */
export function spokenError(error: ChanceryError, about: Circumstances): SpokenError {
  const type = typeOf(error, about)
  const status = about.table.statuses?.[type] ?? STATUSES[type] ?? 400
  return { type, status, message: messageOf(error, about) }
}

function typeOf(error: ChanceryError, { table, signatureTypes, operation }: Circumstances): string {
  if (error instanceof AwsRefusal) return error.type
  const fault = error.details['signature']
  if (error.code === 'unauthenticated' && fault !== undefined) return signatureTypes[fault as SignatureFault]
  const types = table.violations?.[error.violations[0]?.code ?? ''] ?? table.codes[error.code]
  return types.find((type) => operation?.errors.includes(type)) ?? (types.at(-1) as string)
}

function messageOf(error: ChanceryError, { table, operation, principal, input = {} }: Circumstances): string {
  const text = table.texts?.[operation?.name ?? '']?.[error.code]
  if (text !== undefined) return text(input)
  if (error.code === 'forbidden' && principal !== undefined) return refusalOf(error, principal, input)
  if (error.code === 'throttled') return `Rate exceeded: ${error.message}`
  if (error.violations.length === 0) return error.message
  return error.violations.map((each) => sentence(each, table.fields ?? {})).join('; ')
}

/** As AWS says it, with what the core says besides. */
function refusalOf({ message, details }: ChanceryError, { id, arn }: Principal, input: Input): string {
  const { action } = details
  if (action === undefined) return message
  const on = input['CertificateAuthorityArn'] ?? input['CertificateArn'] ?? input['ResourceArn']
  const why = message === `${id} may not ${action}` ? '' : ` because: ${message}`
  const resource = typeof on === 'string' ? ` on resource: ${on}` : ''
  return `User: ${arn} is not authorized to perform: ${action}${resource}${why}`
}

function sentence({ field, message }: Violation, fields: Readonly<Record<string, string>>): string {
  const known = Object.keys(fields).find(
    (each) => field === each || field.startsWith(`${each}.`) || field.startsWith(`${each}[`),
  )
  return `${known === undefined ? field : `${fields[known]}${field.slice(known.length)}`}: ${message}`
}
