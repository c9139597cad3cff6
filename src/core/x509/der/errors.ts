import { ChanceryError } from '../../domain/errors.ts'
import type { ErrorCode } from '../../domain/errors.ts'

/** What the DER reader throws; never leaves core/x509: `withDerErrors` turns it into a ChanceryError. */
export class DerError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'DerError'
    this.code = code
  }
}

/** A ChanceryError with a single violation. */
export function violationError(
  code: ErrorCode,
  violation: string,
  field: string,
  message: string,
): ChanceryError {
  return new ChanceryError(code, `${field}: ${message}`, {
    violations: [{ code: violation, field, message }],
  })
}

/**
 * Runs a parser; a DerError becomes a ChanceryError of `code` whose one violation names `field`.
 * Any other error passes: a ChanceryError from a deeper parser already names its field.
 */
export function withDerErrors<T>(code: ErrorCode, field: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof DerError) throw violationError(code, error.code, field, error.message)
    throw error
  }
}
