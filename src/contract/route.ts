import type { z } from 'zod'
import type { ErrorCode } from '../core/domain/errors.ts'

export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const
export type Method = (typeof METHODS)[number]

/** PEM as we answer it, certificate first (RFC 8555 §9.1), and the names other software has for it. */
export const PEM_MEDIA_TYPES = ['application/pem-certificate-chain', 'application/x-pem-file'] as const
/** One certificate as DER (RFC 2585 §4.1). */
export const DER_MEDIA_TYPE = 'application/pkix-cert'
/** A CSR as DER (RFC 5967). */
export const PKCS10_MEDIA_TYPE = 'application/pkcs10'

/** A media type other than JSON that a body or an answer may have, with what it holds. */
export type OtherMedia = { readonly type: string; readonly description: string }

/** One route of the API, as data: server, client and documentation are made of it. */
export type Route = {
  readonly method: Method
  /** As OpenAPI writes it, parameters in braces. */
  readonly path: `/v1/${string}`
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tag: string
  readonly request: {
    readonly params?: z.ZodObject
    readonly query?: z.ZodObject
    readonly body?: z.ZodType
    /** Bodies that are handed on as octets. */
    readonly otherBodies?: readonly OtherMedia[]
    /** Most octets in a body, where that is more than the server takes elsewhere. */
    readonly bodyLimit?: number
  }
  readonly response: {
    readonly status: 200 | 201 | 202 | 204
    readonly description: string
    /** JSON; absent for 204 and for files. */
    readonly body?: z.ZodType
    /** What `Accept` may ask for besides JSON; the first is the default where there is no JSON. */
    readonly otherMedia?: readonly OtherMedia[]
    /** Whether a caller without preferences gets the file rather than JSON. */
    readonly fileFirst?: boolean
  }
  /** Besides those of every route. */
  readonly errors: readonly ErrorCode[]
  /** Whether it takes `Idempotency-Key`. */
  readonly idempotent: boolean
  /** Whether it answers `ETag` and heeds `If-None-Match` (GET) or `If-Match` (PATCH). */
  readonly etag: boolean
  /** Whether it takes no token: the request proves by itself what it may. */
  readonly anonymous?: boolean
  /** Whether it exists in simulated installations only. */
  readonly simulation?: boolean
}

/** Errors that every route of the API may answer. */
export const COMMON_ERRORS = [
  'request_invalid',
  'unauthenticated',
  'forbidden',
  'not_acceptable',
  'limit_exceeded',
  'throttled',
  'unavailable',
  'internal',
] as const satisfies readonly ErrorCode[]
/** Errors that every route with a body may answer. */
export const BODY_ERRORS = [
  'body_too_large',
  'media_type_unsupported',
] as const satisfies readonly ErrorCode[]

/** Errors that every route with `Idempotency-Key` may answer. */
export const IDEMPOTENCY_ERRORS = [
  'idempotency_mismatch',
  'idempotency_in_progress',
  'idempotency_done',
] as const satisfies readonly ErrorCode[]

/** Every error a route may answer: its own, and those it shares with others. */
export function errorsOf(route: Route): ErrorCode[] {
  const all = [
    ...COMMON_ERRORS,
    ...(route.request.body === undefined ? [] : BODY_ERRORS),
    ...(route.idempotent ? IDEMPOTENCY_ERRORS : []),
    ...route.errors,
  ]
  return [...new Set(all)]
}
