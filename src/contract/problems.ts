import type { ErrorCode } from '../core/domain/errors.ts'

/** How an error code is spelled on the REST wire, and what it means to a caller. */
export type ProblemKind = {
  readonly status: number
  /** RFC 9457 §3.1.3: short, the same for every occurrence. */
  readonly title: string
  /** For the documentation: when it happens and what to do. */
  readonly meaning: string
  /** A `detail` as it may stand in an answer. */
  readonly example: string
}

/** Every error code on the REST wire; a code without a line here doesn't compile. */
export const PROBLEMS = {
  request_invalid: {
    status: 400,
    title: 'The request is invalid',
    meaning:
      'A member of the request is missing, unknown, of the wrong type or out of bounds. `violations` names every one of them. Correct the request.',
    example: 'names.dns[2]: a DNS name has at most 253 characters',
  },
  csr_invalid: {
    status: 400,
    title: 'The certification request is invalid',
    meaning:
      'The CSR cannot be read as PKCS#10, or the signature it carries is not that of the key in it. Make a new CSR.',
    example: 'csr: the signature does not verify under the public key of the request',
  },
  certificate_invalid: {
    status: 400,
    title: 'The certificate cannot be imported',
    meaning:
      'A certificate or chain to import cannot be read, or is not one for this authority: another key or subject, a chain that does not lead to its root, an extension, a date or a signature that is wrong. `violations` names every finding.',
    example: 'certificate: its public key is not the one in this authority’s certification request',
  },
  lint_failed: {
    status: 422,
    title: 'The certificate would break a rule',
    meaning:
      'The certificate that would have been signed violates RFC 5280 or a rule on keys and names. Nothing was signed; `violations` names every finding.',
    example: 'subjectPublicKeyInfo: an RSA key has at least 2048 bits',
  },
  policy_refused: {
    status: 422,
    title: 'The authority does not allow it',
    meaning:
      'The request is well-formed, but this authority, its name constraints or the profile do not allow it.',
    example: 'names.dns[0]: outside the names this authority may certify',
  },
  unauthenticated: {
    status: 401,
    title: 'Authentication is needed',
    meaning:
      'There is no bearer token, or it is unknown, expired or revoked. Send `Authorization: Bearer <token>`.',
    example: 'the bearer token is not valid',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning: 'The token is valid, but its role does not include this action.',
    example: 'token/4f1d… may not chancery:CreateAccount',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    meaning:
      'There is no such resource in this account and region; what belongs to another account or region is not found either.',
    example: 'there is no such authority',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this method; `Allow` lists those it has.',
    example: '/v1/installation answers GET, HEAD',
  },
  not_acceptable: {
    status: 406,
    title: 'Not acceptable',
    meaning: 'None of the media types in `Accept` can be made of this resource.',
    example: 'Accept: this resource comes as application/pem-certificate-chain or application/pkix-cert',
  },
  state_conflict: {
    status: 409,
    title: 'The state does not allow it',
    meaning:
      'The resource is in a state that does not allow the operation, for example a disabled authority.',
    example: 'the authority is DISABLED',
  },
  already_revoked: {
    status: 409,
    title: 'Already revoked',
    meaning: 'The certificate has been revoked before, for another reason. The first revocation stands.',
    example: 'the certificate was revoked on 2026-11-22T10:00:00.000Z',
  },
  resource_in_use: {
    status: 409,
    title: 'In use',
    meaning:
      'Something uses the resource, so it can’t be deleted. `detail` names the first users. End the use, or record its end.',
    example:
      'the certificate is in use by arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188',
  },
  already_exists: {
    status: 409,
    title: 'Already exists',
    meaning: 'Something of that name or id exists in this account and region.',
    example: 'name: there is an authority of that name',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'The idempotency key was used for another request',
    meaning: 'The same `Idempotency-Key` came earlier with another body. Use a new key for a new request.',
    example: 'Idempotency-Key: it was used with another request',
  },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key is not finished',
    meaning: 'A request with the same `Idempotency-Key` is being worked on. Try again after `Retry-After`.',
    example: 'Idempotency-Key: the first request is not finished',
  },
  idempotency_done: {
    status: 409,
    title: 'The first request with this key was carried out',
    meaning:
      'What came with the same `Idempotency-Key` was done before, once, and its answer can’t be given again: it had a ' +
      'secret, which is shown once (`details.id` says whose), or what it made has been removed since. `detail` says what ' +
      'to do.',
    example:
      'Idempotency-Key: the first request was carried out, and its answer had the secret of token ' +
      '0199d3a4-8a4e-7c43-9d2e-5f0c6e1a7b21, which is shown once; rotate the token for another',
  },
  precondition_failed: {
    status: 412,
    title: 'Precondition failed',
    meaning: 'The resource has changed since the `ETag` in `If-Match` was read. Read it again.',
    example: 'If-Match: the authority has changed',
  },
  body_too_large: {
    status: 413,
    title: 'The body is too large',
    meaning: 'The body is larger than the server takes (64 KiB unless configured).',
    example: 'the body may have at most 65536 bytes',
  },
  media_type_unsupported: {
    status: 415,
    title: 'Unsupported media type',
    meaning:
      'The `Content-Type` of the body is not one this path takes; `Accept-Post` or `Accept-Patch` lists them.',
    example: 'Content-Type: application/json expected',
  },
  limit_exceeded: {
    status: 429,
    title: 'Limit exceeded',
    meaning:
      'There are as many of something as there may be. Remove some, or have the quota raised; asking again is no use, except after `Retry-After` where there is one.',
    example: 'the account has as many authorities as it may have',
  },
  throttled: {
    status: 429,
    title: 'Too many requests',
    meaning:
      'There were more requests in a window of time than a rate limit of this installation admits; `RateLimit-Policy` says which. Try again after `Retry-After`.',
    example: 'more than 100 requests in 60 s (principal:issueCertificate)',
  },
  kms_unavailable: {
    status: 503,
    title: 'The key store is not available',
    meaning:
      'The provider that holds the key-encryption key fails or does not answer. Nothing was issued. Where `details.retryable` is true, try again after `Retry-After`; otherwise somebody has to mend it.',
    example: 'the key store does not answer',
  },
  unavailable: {
    status: 503,
    title: 'Not available now',
    meaning:
      'The server is starting, stopping, or its database cannot take writes now. Try again after `Retry-After`.',
    example: 'the server is shutting down',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    meaning:
      'A fault of the server. The answer says nothing more; the request id finds the entry in the server log.',
    example: 'the server could not complete the request',
  },
} as const satisfies Record<ErrorCode, ProblemKind>

/** The problem type's URI, relative to the API's base (RFC 9457 §3.1.1): stable, and served as a short text. */
export const problemType = (code: ErrorCode): string => `/problems/${code}`
