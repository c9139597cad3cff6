import type { ErrorCode } from '../../core/domain/errors.ts'

/** Exit codes with what they mean to whoever calls the program; `--help` and docs/cli.md print this table. */
export const EXIT_CODES = {
  0: 'done',
  1: 'the operation failed; in bulk: some of it failed',
  2: 'wrong usage: an argument, an option, a file or a setting',
  3: 'the server can’t be reached, isn’t ready, or its TLS certificate can’t be trusted',
  4: 'no valid token, or it isn’t allowed to do this',
  5: 'not found',
  6: 'conflict: it exists already, or its state doesn’t allow it',
} as const
export type ExitCode = keyof typeof EXIT_CODES

/** The exit code for every error the server may answer. */
export const EXIT_CODE_OF = {
  request_invalid: 2,
  csr_invalid: 2,
  certificate_invalid: 2,
  lint_failed: 1,
  policy_refused: 1,
  unauthenticated: 4,
  forbidden: 4,
  not_found: 5,
  method_not_allowed: 1,
  not_acceptable: 1,
  state_conflict: 6,
  already_revoked: 6,
  resource_in_use: 6,
  already_exists: 6,
  idempotency_mismatch: 6,
  idempotency_in_progress: 6,
  idempotency_done: 6,
  precondition_failed: 6,
  body_too_large: 2,
  media_type_unsupported: 1,
  limit_exceeded: 1,
  throttled: 1,
  kms_unavailable: 1,
  unavailable: 3,
  internal: 1,
} as const satisfies Record<ErrorCode, ExitCode>

/** The table as `--help` shows it. */
export const exitCodesText = (): string =>
  ['Exit codes:', ...Object.entries(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`)].join('\n')
