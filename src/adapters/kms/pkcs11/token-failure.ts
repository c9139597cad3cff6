import { CKR } from './cryptoki.ts'

/**
 * What the server makes of a failure:
 *
 *     lost      this process can't reach the token any more; a new one is started and asked once more
 *     absent    a new process didn't find the token: to be tried again later
 *     failed    this call failed, the token is there: to be tried again later
 *     refused   waiting doesn't help: no such key, no such mechanism, wrong settings
 *     pin       likewise, and the PIN isn't given to the token again, since tokens lock themselves
 *     unopened  a wrapped key isn't what this key-encryption key wrapped
 */
export type FailureKind = 'lost' | 'absent' | 'failed' | 'refused' | 'pin' | 'unopened'

/** A failure on the token's side, as it goes from its process to the server's. The message may be shown to callers. */
export class TokenFailure extends Error {
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string) {
    super(message)
    this.name = 'TokenFailure'
    this.kind = kind
  }
}

const PIN: ReadonlySet<number> = new Set([
  CKR.PIN_INCORRECT,
  CKR.PIN_INVALID,
  CKR.PIN_LEN_RANGE,
  CKR.PIN_EXPIRED,
  CKR.PIN_LOCKED,
  CKR.USER_PIN_NOT_INITIALIZED,
])
const REFUSED: ReadonlySet<number> = new Set([
  CKR.ARGUMENTS_BAD,
  CKR.ATTRIBUTE_READ_ONLY,
  CKR.ATTRIBUTE_SENSITIVE,
  CKR.ATTRIBUTE_TYPE_INVALID,
  CKR.ATTRIBUTE_VALUE_INVALID,
  CKR.CURVE_NOT_SUPPORTED,
  CKR.DATA_INVALID,
  CKR.DATA_LEN_RANGE,
  CKR.FUNCTION_NOT_SUPPORTED,
  CKR.KEY_FUNCTION_NOT_PERMITTED,
  CKR.KEY_SIZE_RANGE,
  CKR.KEY_TYPE_INCONSISTENT,
  CKR.MECHANISM_INVALID,
  CKR.MECHANISM_PARAM_INVALID,
  CKR.TEMPLATE_INCOMPLETE,
  CKR.TEMPLATE_INCONSISTENT,
  CKR.TOKEN_WRITE_PROTECTED,
])
const FAILED: ReadonlySet<number> = new Set([
  CKR.DEVICE_MEMORY,
  CKR.FUNCTION_REJECTED,
  CKR.HOST_MEMORY,
  CKR.SESSION_COUNT,
])

/** The CKR number of what pkcs11js threw; undefined for anything else. */
export function returnValueOf(error: unknown): number | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'number' && code > 0 ? code : undefined
}

/**
 * What a Cryptoki function threw while doing `what`. A number that isn't in the tables, the vendors' own among them,
 * counts as a lost token: a new process is the cure that helps most often.
 */
export function failureOf(error: unknown, what: string): TokenFailure {
  if (error instanceof TokenFailure) return error
  const value = returnValueOf(error)
  if (value === undefined) return new TokenFailure('failed', `${what} failed: ${messageOf(error)}`)
  const message = `${what} failed: ${nameOf(error, value)}`
  if (PIN.has(value)) return new TokenFailure('pin', message)
  if (REFUSED.has(value)) return new TokenFailure('refused', message)
  return new TokenFailure(FAILED.has(value) ? 'failed' : 'lost', message)
}

/** `CKR_DEVICE_REMOVED`, or the number of a vendor's own. */
const nameOf = (error: unknown, value: number): string =>
  /CKR_[A-Z0-9_]+/.exec(messageOf(error))?.[0] ?? `CKR 0x${value.toString(16)}`

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
