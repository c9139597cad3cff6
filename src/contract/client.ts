import type { z } from 'zod'
import { ERROR_CODES, type ErrorCode } from '../core/domain/errors.ts'
import type { Route } from './route.ts'
import { OPERATION_IDS, routeOf, type OperationId, type RouteOf } from './routes.ts'
import { problem, type Problem } from './schemas/common.ts'

/** The part of `fetch` that the client needs, so that others can stand in for it. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchResponse>
export type FetchInit = {
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal
  /** Whether the caller reads `body` instead of having everything kept. */
  readonly streamed?: boolean
}
export type FetchResponse = {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  arrayBuffer(): Promise<ArrayBuffer>
  readonly body?: AsyncIterable<Uint8Array> | null
}

export type ClientOptions = {
  /** Base of the API, e.g. `https://ca.example.com:8443`; a path in it is kept. */
  readonly url: string
  /** Bearer token; absent for routes that take none. */
  readonly token?: string | undefined
  /** Region to act in; the server's global region when absent. */
  readonly region?: string
  /** How to send; the runtime's `fetch` when absent. It can't be given a CA: see `createNodeFetch`. */
  readonly fetch?: Fetch
}

/** A file as the server sent it. */
export type FileAnswer = {
  readonly mediaType: string
  readonly fileName: string | undefined
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** A file as it arrives. */
export type Download = {
  readonly mediaType: string
  readonly fileName: string | undefined
  /** Octets, where the server has said it. */
  readonly length: number | undefined
  readonly pieces: AsyncIterable<Uint8Array>
}

type Part<R, Key extends string> = R extends { readonly [K in Key]: infer S extends z.ZodType }
  ? z.input<S>
  : never
type Requirable<Key extends string, T> = [T] extends [never]
  ? unknown
  : Record<string, never> extends T
    ? { readonly [K in Key]?: T | undefined }
    : { readonly [K in Key]: T }
/** What a call of a route takes. */
export type RequestOf<Id extends OperationId> = Requirable<'params', Part<RouteOf<Id>['request'], 'params'>> &
  Requirable<'query', Part<RouteOf<Id>['request'], 'query'>> &
  Requirable<'body', Part<RouteOf<Id>['request'], 'body'>> &
  (RouteOf<Id>['idempotent'] extends true ? { readonly idempotencyKey?: string | undefined } : unknown) & {
    /** For an update: only if the resource still has this ETag. */
    readonly ifMatch?: string | undefined
    /** Media type to ask for where a route has several. */
    readonly accept?: string | undefined
    readonly signal?: AbortSignal | undefined
  }

/** What a call of a route answers. */
export type ResponseOf<Id extends OperationId> = RouteOf<Id>['response'] extends { readonly fileFirst: true }
  ? FileAnswer
  : RouteOf<Id>['response'] extends { readonly body: infer S extends z.ZodType }
    ? z.output<S>
    : RouteOf<Id>['response'] extends { readonly status: 204 }
      ? undefined
      : FileAnswer

export type Exchange<T> = {
  readonly status: number
  readonly etag: string | undefined
  readonly requestId: string | undefined
  readonly value: T
}

type NoNeed = Record<string, never>
export type Client = {
  readonly [Id in OperationId]: NoNeed extends RequestOf<Id>
    ? (request?: RequestOf<Id>) => Promise<ResponseOf<Id>>
    : (request: RequestOf<Id>) => Promise<ResponseOf<Id>>
} & {
  /** Like the method of that name, with status, ETag and request id. */
  exchange<Id extends OperationId>(id: Id, request: RequestOf<Id>): Promise<Exchange<ResponseOf<Id>>>
  /** Like the method of that name, for a file too large to be kept. */
  download<Id extends OperationId>(id: Id, request: RequestOf<Id>): Promise<Download>
}

/** An error that the server answered; `problem` is its body, made up where the answer wasn't one of ours. */
export class ChanceryApiError extends Error {
  readonly status: number
  readonly code: ErrorCode
  readonly problem: Problem
  readonly retryAfterSeconds: number | undefined

  constructor(answered: Problem, retryAfterSeconds: number | undefined) {
    super(answered.detail)
    this.name = 'ChanceryApiError'
    this.status = answered.status
    this.code = answered.code
    this.problem = answered
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** The request as routes share it, without the types of each. */
type AnyRequest = {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly body?: unknown
  readonly idempotencyKey?: string | undefined
  readonly ifMatch?: string | undefined
  readonly accept?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * A client with one method for each route. Methods throw `ChanceryApiError` for answers that aren't success, and what
 * the transport throws when there is none.
 */
export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, '')
  const send: Fetch = options.fetch ?? fetch
  const exchange = async (id: OperationId, request: AnyRequest = {}): Promise<Exchange<unknown>> => {
    const route = routeOf(id)
    const response = await send(base + target(route, request), initOf(route, request, options))
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (response.status !== route.response.status) throw errorFrom(response, bytes)
    return {
      status: response.status,
      etag: response.headers.get('etag') ?? undefined,
      requestId: response.headers.get('x-request-id') ?? undefined,
      value: valueOf(route, response, bytes),
    }
  }
  const download = async (id: OperationId, request: AnyRequest = {}): Promise<Download> => {
    const route = routeOf(id)
    const init = { ...initOf(route, request, options), streamed: true }
    const response = await send(base + target(route, request), init)
    if (response.status !== route.response.status || !response.body)
      throw errorFrom(response, new Uint8Array(await response.arrayBuffer()))
    const length = response.headers.get('content-length')
    return {
      mediaType: mediaTypeOf(response),
      fileName: fileNameOf(response),
      length: length === null ? undefined : Number(length),
      pieces: response.body,
    }
  }
  const methods = OPERATION_IDS.map((id) => [
    id,
    async (request?: AnyRequest) => (await exchange(id, request)).value,
  ])
  // The types of each method follow from the table; the loop over it can't say so.
  return { ...Object.fromEntries(methods), exchange, download } as Client
}

function target(route: Route, request: AnyRequest): string {
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(request.params?.[name] ?? ''),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(request.query ?? {})) {
    if (value !== undefined) query.set(name, String(value))
  }
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

function initOf(route: Route, request: AnyRequest, options: ClientOptions): FetchInit {
  const { body, otherMedia = [], fileFirst = false } = route.response
  const accept =
    request.accept ??
    (body !== undefined && !fileFirst ? 'application/json' : otherMedia.map((it) => it.type).join(', '))
  return {
    method: route.method,
    headers: {
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      accept: accept === '' ? '*/*' : accept,
      ...(options.region === undefined ? {} : { 'chancery-region': options.region }),
      ...(request.idempotencyKey === undefined ? {} : { 'idempotency-key': request.idempotencyKey }),
      ...(request.ifMatch === undefined ? {} : { 'if-match': request.ifMatch }),
      ...(route.request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(route.request.body === undefined ? {} : { body: JSON.stringify(request.body ?? {}) }),
    ...(request.signal === undefined ? {} : { signal: request.signal }),
  }
}

const mediaTypeOf = (response: FetchResponse): string =>
  (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''

const fileNameOf = (response: FetchResponse): string | undefined =>
  /filename="([^"]*)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]

function valueOf(route: Route, response: FetchResponse, bytes: Uint8Array<ArrayBuffer>): unknown {
  if (route.response.status === 204) return undefined
  const mediaType = mediaTypeOf(response)
  if (mediaType !== 'application/json' || route.response.body === undefined) {
    return { mediaType, fileName: fileNameOf(response), bytes } satisfies FileAnswer
  }
  const parsed = route.response.body.safeParse(jsonOf(bytes))
  if (parsed.success) return parsed.data
  throw strange(
    response,
    `the answer of ${route.operationId} isn't what the contract says: ${parsed.error.message}`,
  )
}

function errorFrom(response: FetchResponse, bytes: Uint8Array): ChanceryApiError {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined
  const parsed = mediaTypeOf(response).endsWith('json') ? problem.safeParse(jsonOf(bytes)) : undefined
  if (parsed?.success === true) return new ChanceryApiError(parsed.data, seconds)
  return strange(
    response,
    `status ${response.status} without a problem document: is there a Chancery at this URL?`,
  )
}

function strange(response: FetchResponse, detail: string): ChanceryApiError {
  const requestId = response.headers.get('x-request-id') ?? ''
  return new ChanceryApiError(
    {
      type: 'about:blank',
      title: 'Unexpected answer',
      status: response.status,
      code: 'internal',
      detail,
      requestId,
    },
    undefined,
  )
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

/** Whether a text is one of the error codes; for callers that got it from elsewhere. */
export const isErrorCode = (text: string): text is ErrorCode =>
  (ERROR_CODES as readonly string[]).includes(text)

/**
 * All items of a list, page after page, e.g. `everyItem((cursor) => client.listTokens({ query: { cursor } }))`.
 */
export async function* everyItem<T>(
  page: (cursor: string | undefined) => Promise<{ items: readonly T[]; next?: string | undefined }>,
): AsyncGenerator<T, void, undefined> {
  let cursor: string | undefined
  do {
    const answer = await page(cursor)
    yield* answer.items
    cursor = answer.next
  } while (cursor !== undefined)
}
