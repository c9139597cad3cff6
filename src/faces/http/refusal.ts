import { ChanceryError, type ErrorCode } from '../../core/domain/errors.ts'

/** A ChanceryError that HTTP obliges to say more about in headers: `Allow`, `Accept-Post`. */
export class HttpRefusal extends ChanceryError {
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, message: string, headers: Readonly<Record<string, string>>) {
    super(code, message)
    this.headers = headers
  }
}

/** A `request_invalid` about one field. */
export const invalid = (field: string, code: string, message: string): ChanceryError =>
  new ChanceryError('request_invalid', `${field}: ${message}`, { violations: [{ code, field, message }] })
