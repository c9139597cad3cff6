import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Principal } from '../../core/domain/access.ts'
import type { ErrorCode } from '../../core/domain/errors.ts'
import { presentedScope } from '../../core/domain/sigv4/claim.ts'
import type { SignatureFault } from '../../core/domain/sigv4/refusal.ts'
import { readObject, type BucketObject } from '../../core/operations/buckets/read-object.ts'
import type { AuditedCall } from '../../core/ports/call-audit.ts'
import type { Ports } from '../../core/ports/ports.ts'
import { answer, answerStream } from '../http/answer.ts'
import { observe } from '../http/app.ts'
import { bodyOnce } from '../http/body-once.ts'
import { exchangeOf } from '../http/exchange.ts'
import { passGate, type ApiOptions } from '../http/gate.ts'
import { answerableError, headersFor } from '../http/problem.ts'
import { rangeAsked } from '../http/ranges.ts'
import { HttpRefusal } from '../http/refusal.ts'
import { authenticateCaller } from './authenticate.ts'
import { spokenError, type ErrorTable } from './errors.ts'
import type { AwsFace } from './face.ts'
import { S3_OPERATION } from './models/index.ts'
import { targetOf } from './wire/protocol.ts'
import { element } from './wire/query.ts'

const ALLOW = 'GET, HEAD'

/** As S3's clients know errors; what reading an object can't come to is an invalid request. */
const CODES = {
  unauthenticated: ['AccessDenied'],
  forbidden: ['AccessDenied'],
  not_found: ['NoSuchKey'],
  method_not_allowed: ['MethodNotAllowed'],
  throttled: ['SlowDown'],
  kms_unavailable: ['ServiceUnavailable'],
  unavailable: ['ServiceUnavailable'],
  internal: ['InternalError'],
  body_too_large: ['EntityTooLarge'],
  request_invalid: ['InvalidRequest'],
  csr_invalid: ['InvalidRequest'],
  certificate_invalid: ['InvalidRequest'],
  lint_failed: ['InvalidRequest'],
  policy_refused: ['InvalidRequest'],
  not_acceptable: ['InvalidRequest'],
  media_type_unsupported: ['InvalidRequest'],
  precondition_failed: ['PreconditionFailed'],
  state_conflict: ['InvalidRequest'],
  already_revoked: ['InvalidRequest'],
  resource_in_use: ['InvalidRequest'],
  already_exists: ['InvalidRequest'],
  idempotency_mismatch: ['InvalidRequest'],
  idempotency_in_progress: ['InvalidRequest'],
  idempotency_done: ['InvalidRequest'],
  limit_exceeded: ['InvalidRequest'],
} as const satisfies Record<ErrorCode, readonly [string]>

const TABLE: ErrorTable = {
  codes: CODES,
  statuses: {
    AccessDenied: 403,
    NoSuchKey: 404,
    NoSuchBucket: 404,
    MethodNotAllowed: 405,
    PreconditionFailed: 412,
    SlowDown: 503,
    InternalError: 500,
    SignatureDoesNotMatch: 403,
    RequestTimeTooSkewed: 403,
    InvalidAccessKeyId: 403,
  },
}

const SIGNATURE_TYPES: Readonly<Record<SignatureFault, string>> = {
  incomplete: 'AuthorizationHeaderMalformed',
  unsigned_header: 'AccessDenied',
  scope: 'AuthorizationHeaderMalformed',
  not_current: 'RequestTimeTooSkewed',
  payload: 'XAmzContentSHA256Mismatch',
  key: 'InvalidAccessKeyId',
  expired_token: 'ExpiredToken',
  mismatch: 'SignatureDoesNotMatch',
}

/** As much as nothing: what reads objects has no body. */
const BODY_LIMIT = 1024

/**
 * Reading the objects of an account's buckets as S3's clients do: GetObject and HeadObject, signed, in the header or
 * presigned; by path (`/BUCKET/KEY`) or by host name (`BUCKET.s3.REGION.…`). Told by the service in the signature's scope.
 */
export function createS3Face(ports: Ports, options: ApiOptions): AwsFace {
  const refuse = (request: IncomingMessage, response: ServerResponse, thrown: unknown): void => {
    const error = answerableError(request, response, thrown, ports.logger)
    if (error === undefined) return
    const spoken = spokenError(error, { table: TABLE, signatureTypes: SIGNATURE_TYPES })
    const missesBucket = error.details['missing'] === 'bucket'
    const Code = missesBucket ? 'NoSuchBucket' : spoken.type
    const { requestId } = exchangeOf(request)
    const { 'www-authenticate': _, ...headers } = headersFor(error, request)
    const described = { ...headers, 'content-type': 'application/xml', 'x-amz-request-id': requestId }
    const text = element('Error', { Code, Message: spoken.message, RequestId: requestId })
    answer(response, spoken.status, described, text)
  }
  return {
    speaks: (request) => presentedScope(request.url ?? '', request.headers.authorization) === 's3',
    answer: async (request, response) => {
      observe(request, response, { ...options, logger: ports.logger, store: ports.store })
      try {
        await send(ports, options, request, response)
      } catch (thrown) {
        refuse(request, response, thrown)
      }
    },
    refuse,
  }
}

async function send(
  ports: Ports,
  options: ApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  exchangeOf(request).route = S3_OPERATION
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new HttpRefusal('method_not_allowed', 'Objects are read here, and made by what uses buckets', {
      allow: ALLOW,
    })
  const body = bodyOnce(request, BODY_LIMIT)
  await passGate(options, request, response, {
    operation: S3_OPERATION,
    authenticate: () => authenticateCaller(ports, request, 's3', body),
    perform: async (principal: Principal) => {
      const object = await readObject(ports, principal, objectNamed(request))
      return () => answerObject(request, response, object)
    },
    audited: () => readingOf(request),
  })
}

async function answerObject(
  request: IncomingMessage,
  response: ServerResponse,
  object: BucketObject,
): Promise<void> {
  const range = rangeAsked(request.headers.range, object.length)
  const shared = { 'accept-ranges': 'bytes', 'x-amz-request-id': exchangeOf(request).requestId }
  if (range === 'unsatisfiable')
    return answer(response, 416, { ...shared, 'content-range': `bytes */${object.length}` })
  const { from, to } = range ?? { from: 0, to: object.length }
  const headers = {
    ...shared,
    'content-type': object.mediaType,
    'content-length': to - from,
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModified).toUTCString(),
    ...(range === undefined ? {} : { 'content-range': `bytes ${from}-${to - 1}/${object.length}` }),
  }
  await answerStream(response, range === undefined ? 200 : 206, headers, object.octets(from, to))
}

/** A call as the audit trail has it, in S3's own words. */
function readingOf(request: IncomingMessage): AuditedCall {
  const { bucket, key } = objectNamed(request)
  return {
    name: request.method === 'HEAD' ? 'HeadObject' : 'GetObject',
    source: 's3.amazonaws.com',
    readOnly: true,
    parameters: { bucketName: bucket, key },
  }
}

/** The path as it came: names of ours need no escapes, and what has some is nobody's. */
function objectNamed(request: IncomingMessage): { readonly bucket: string; readonly key: string } {
  const path = targetOf(request).path.slice(1)
  const [, virtual] = /^([a-z0-9.-]+)\.s3[.-]/.exec(request.headers.host?.toLowerCase() ?? '') ?? []
  if (virtual !== undefined) return { bucket: virtual, key: path }
  const slash = path.indexOf('/')
  return slash === -1
    ? { bucket: path, key: '' }
    : { bucket: path.slice(0, slash), key: path.slice(slash + 1) }
}
