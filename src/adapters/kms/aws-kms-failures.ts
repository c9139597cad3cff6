import { ChanceryError } from '../../core/domain/errors.ts'
import { kmsUnavailable } from './failures.ts'
import { quoted } from './json-members.ts'

const CREDENTIALS = 'the credentials that the AWS SDK finds'

/** Errors of AWS KMS by name (its API reference, "Errors" and "Common errors"): what to do, and whether waiting helps. */
const KNOWN: Readonly<Record<string, readonly [message: string, retryable: boolean]>> = {
  AccessDeniedException: [`${CREDENTIALS} aren't allowed to; see the policy in docs/operating.md`, false],
  UnrecognizedClientException: [`${CREDENTIALS} are unknown to AWS`, false],
  InvalidSignatureException: [`${CREDENTIALS} are wrong, or this machine's clock is`, false],
  IncompleteSignatureException: [`${CREDENTIALS} are wrong`, false],
  MissingAuthenticationTokenException: [`${CREDENTIALS} are incomplete`, false],
  ExpiredTokenException: [`${CREDENTIALS} have expired`, false],
  // Also when the instance's metadata or the token service can't be reached, which passes.
  CredentialsProviderError: ['the AWS SDK finds no credentials', true],
  NotFoundException: ['there is no such key in this region and account', false],
  DisabledException: ['the key is disabled; enable it', false],
  KMSInvalidStateException: ["the key's state doesn't allow it; is its deletion pending? Cancel that", false],
  InvalidKeyUsageException: ['the key is of another kind, or signs with other algorithms', false],
  InvalidArnException: ['the ARN is malformed', false],
  UnsupportedOperationException: ['such a key has no such operation', false],
  LimitExceededException: ['a quota is used up', false],
  ConflictException: ['the key is being changed', true],
  ThrottlingException: [
    'too many requests for this account and region; its quota holds this server back',
    true,
  ],
  KeyUnavailableException: ['the key is not available right now', true],
  KMSInternalException: ['it failed by itself', true],
  DependencyTimeoutException: ['it failed by itself', true],
}
const DOES_NOT_OPEN = ['InvalidCiphertextException', 'IncorrectKeyException']
/** What a TLS handshake fails with; waiting doesn't change it. */
const UNTRUSTED = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_|ERR_SSL_)/

type SdkError = Error & { readonly code?: unknown; readonly $metadata?: { readonly httpStatusCode?: number } }

/** What the SDK threw at `action`, as an error for callers and operators. */
export function failureOf(error: unknown, action: string, key: string): ChanceryError {
  if (error instanceof ChanceryError) return error
  const { name, message, code, $metadata } = asError(error)
  const where = `AWS KMS, ${action} with ${key}`
  if (DOES_NOT_OPEN.includes(name))
    return new ChanceryError('internal', `${where}: ${name}`, { cause: error })
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  const said = quoted(`${name}: ${message}`)
  if (known !== undefined) return kmsUnavailable(`${where}: ${known[0]} (“${said}”)`, known[1], error)
  const status = $metadata?.httpStatusCode
  if (status === undefined) {
    const reason = typeof code === 'string' ? code : name
    return UNTRUSTED.test(reason)
      ? kmsUnavailable(
          `${where}: the endpoint is not trusted (${reason}); see NODE_EXTRA_CA_CERTS`,
          false,
          error,
        )
      : kmsUnavailable(`${where}: can't be reached (${reason})`, true, error)
  }
  const passes = status >= 500 || status === 429 || status === 408
  return kmsUnavailable(`${where}: refused with status ${status} (“${said}”)`, passes, error)
}

const asError = (error: unknown): SdkError => (error instanceof Error ? error : new Error(String(error)))

/** By name: the SDK's classes are known only once it is loaded. */
export const isNamed = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && (names.includes(error.name) || isNamed(error.cause, ...names))
