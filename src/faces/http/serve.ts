import type { Express } from 'express'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { z } from 'zod'
import type { Route } from '../../contract/route.ts'
import { OPERATION_IDS, routeOf, type OperationId, type RouteOf } from '../../contract/routes.ts'
import type { Principal } from '../../core/domain/access.ts'
import { answer, answerStream, type Headers } from './answer.ts'
import { mountPath, type Endpoint, type EndpointMethod } from './app.ts'
import type { Authenticate } from './authenticate.ts'
import { hasBody } from './body.ts'
import { auditedCall, type CallSoFar } from './audited-call.ts'
import { bodyOnce, type BodyReader } from './body-once.ts'
import { etagListed, etagOf } from './etags.ts'
import { passGate, type Gate } from './gate.ts'
import { contentTypeOf, JSON_TYPE, negotiate } from './media-types.ts'
import { queryReader } from './query.ts'
import { invalid } from './refusal.ts'
import { idempotencyOf, type Idempotency } from './request-headers.ts'
import { parseStrictJson } from './strict-json.ts'
import { validated } from './violations.ts'

/** A body that isn't JSON, as it came. */
export class OctetBody {
  readonly mediaType: string
  readonly octets: Buffer

  constructor(mediaType: string, octets: Buffer) {
    this.mediaType = mediaType
    this.octets = octets
  }
}

/** An answer that isn't JSON. */
export class FileReply {
  readonly mediaType: string
  readonly content: string | Uint8Array
  readonly fileName: string | undefined

  constructor(mediaType: string, content: string | Uint8Array, fileName?: string) {
    this.mediaType = mediaType
    this.content = content
    this.fileName = fileName
  }
}

/** An answer too large to be kept: it is sent as it is read. */
export class StreamReply {
  readonly mediaType: string
  /** Octets. */
  readonly length: number
  readonly pieces: AsyncIterable<Uint8Array>
  readonly fileName: string

  constructor(mediaType: string, length: number, pieces: AsyncIterable<Uint8Array>, fileName: string) {
    this.mediaType = mediaType
    this.length = length
    this.pieces = pieces
    this.fileName = fileName
  }
}

type Part<R, Key extends string> = R extends { readonly [K in Key]: infer S extends z.ZodType }
  ? z.output<S>
  : undefined
/** What a handler gets: everything validated. */
export type Call<Id extends OperationId> = {
  /** Nobody, where the route takes no token. */
  readonly principal: RouteOf<Id> extends { readonly anonymous: true } ? undefined : Principal
  readonly params: Part<RouteOf<Id>['request'], 'params'>
  readonly query: Part<RouteOf<Id>['request'], 'query'>
  readonly body:
    | Part<RouteOf<Id>['request'], 'body'>
    | (RouteOf<Id>['request'] extends { readonly otherBodies: unknown } ? OctetBody : never)
  readonly idempotency: Idempotency | undefined
  readonly ifMatch: string | undefined
  /** The media type to answer with, negotiated. */
  readonly mediaType: string
}

type JsonReply<R> = R extends { readonly body: infer S extends z.ZodType } ? z.input<S> : never
type OtherReply<R> = R extends { readonly otherMedia: unknown }
  ? FileReply | StreamReply
  : R extends { readonly status: 204 }
    ? undefined
    : never
export type Reply<Id extends OperationId> =
  JsonReply<RouteOf<Id>['response']> | OtherReply<RouteOf<Id>['response']>

/** One handler a route: a route without one, or one that answers something else, doesn't compile. */
export type Handlers = { readonly [Id in OperationId]: (call: Call<Id>) => Promise<Reply<Id>> }

export type RestGate = Gate & {
  /** @throws unauthenticated, request_invalid for a region that isn't answered */
  readonly authenticate: Authenticate
  /** Most octets in a body. */
  readonly bodyLimit: number
  /** Whether to mount the routes of simulated installations. */
  readonly simulation: boolean
}

type AnyCall = { [Key in keyof Call<'issueCertificate'>]: unknown }
type AnyHandler = (call: AnyCall) => Promise<unknown>

/** Express tries one path after the other, each by a regular expression: what is asked thousands of times a second comes first. */
const ASKED_MOST: OperationId = 'issueCertificate'

/** Mounts every route of the contract. */
export function serve(app: Express, handlers: Handlers, gate: RestGate): void {
  const paths = new Map<string, Partial<Record<EndpointMethod, Endpoint>>>()
  for (const id of new Set([ASKED_MOST, ...OPERATION_IDS])) {
    const route = routeOf(id)
    if (route.simulation === true && !gate.simulation) continue
    const endpoints = paths.get(route.path) ?? {}
    // Handlers are typed one by one; the loop over the table can't say which is whose.
    endpoints[route.method] = endpointOf(route, handlers[id] as unknown as AnyHandler, gate)
    paths.set(route.path, endpoints)
  }
  for (const [path, endpoints] of paths) mountPath(app, path.replace(/\{(\w+)\}/g, ':$1'), path, endpoints)
}

function endpointOf(route: Route, handler: AnyHandler, gate: RestGate): Endpoint {
  const readQuery = queryReader(route.request.query)
  const offers = offersOf(route)
  const { params: path, query: querySchema, body: bodySchema } = route.request
  const bodyLimit = Math.max(gate.bodyLimit, route.request.bodyLimit ?? 0)
  return (request, response) => {
    const call: CallSoFar = {}
    const body = bodyOnce(request, bodyLimit)
    const perform = async (principal: Principal | undefined) => {
      const mediaType = offers.length === 0 ? '' : negotiate(request.headers.accept, offers)
      const params =
        path === undefined ? undefined : validated(path, { ...(request.params as object) }, 'path')
      const givenQuery = readQuery(request.url ?? '')
      call.params = params
      refuseUnknownQuery(querySchema, givenQuery)
      const query = querySchema === undefined ? undefined : validated(querySchema, givenQuery, 'query')
      call.query = query
      const raw = await bodyOf(route, request, body)
      const idempotency = route.idempotent
        ? idempotencyOf(request, [route.operationId, params ?? {}, givenQuery, saidBy(raw)])
        : undefined
      const given =
        raw instanceof OctetBody || bodySchema === undefined ? raw : validated(bodySchema, raw, 'body')
      const ifMatch = route.etag ? request.headers['if-match'] : undefined
      const reply = await handler({ principal, params, query, body: given, idempotency, ifMatch, mediaType })
      return () =>
        reply instanceof StreamReply
          ? answerStream(response, route.response.status, streamHeaders(reply), reply.pieces)
          : answerReply(route, request, response, reply, offers.length > 1)
    }
    return passGate(gate, request, response, {
      operation: route.operationId,
      // The body before that for a signed request only, whose signature covers it.
      authenticate: route.anonymous === true ? undefined : () => gate.authenticate(request, body),
      perform,
      audited: () => auditedCall(route, call),
    })
  }
}

function offersOf(route: Route): string[] {
  const { body, otherMedia = [], fileFirst = false } = route.response
  const files = otherMedia.map((it) => it.type)
  if (body === undefined) return files
  return fileFirst ? [...files, JSON_TYPE] : [JSON_TYPE, ...files]
}

function refuseUnknownQuery(schema: z.ZodObject | undefined, given: Record<string, unknown>): void {
  if (schema !== undefined) return
  const name = Object.keys(given)[0]
  if (name !== undefined) throw invalid(name.slice(0, 100), 'unknown', 'is not known here')
}

/** The body before validation; an absent one is an empty object, so that its schema says what is missing. */
async function bodyOf(route: Route, request: IncomingMessage, body: BodyReader): Promise<unknown> {
  if (route.request.body === undefined) {
    if (hasBody(request)) throw invalid('body', 'unexpected', `${route.method} takes no body here`)
    return undefined
  }
  if (!hasBody(request) && request.headers['content-type'] === undefined) return {}
  const others = (route.request.otherBodies ?? []).map((it) => it.type)
  const type = contentTypeOf(request, [JSON_TYPE, ...others])
  const octets = await body()
  return type === JSON_TYPE ? parseStrictJson(octets) : new OctetBody(type, octets)
}

const saidBy = (raw: unknown): unknown => (raw instanceof OctetBody ? raw.octets : raw)

const streamHeaders = ({ mediaType, length, fileName }: StreamReply): Headers => ({
  'content-type': mediaType,
  'content-length': length,
  'content-disposition': dispositionOf(fileName),
})

/** fileName is made of names by some operations: only what is harmless in a quoted string is kept. */
const dispositionOf = (fileName: string): string =>
  `attachment; filename="${fileName.replace(/[^A-Za-z0-9._-]/g, '_')}"`

function answerReply(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  reply: unknown,
  varies: boolean,
): void {
  const { status } = route.response
  // Origin, too: this replaces what the front door said for pages of other origins.
  // The front door may have said that it varies by Origin.
  const before = response.getHeader('vary')
  const vary: Headers = varies ? { vary: before === undefined ? 'Accept' : `Accept, ${String(before)}` } : {}
  if (reply === undefined) {
    answer(response, status, vary)
    return
  }
  const file = reply instanceof FileReply ? reply : undefined
  const content = file === undefined ? JSON.stringify(reply) : file.content
  const headers: Record<string, string | number> = { 'content-type': file?.mediaType ?? JSON_TYPE, ...vary }
  if (file?.fileName !== undefined) headers['content-disposition'] = dispositionOf(file.fileName)
  if (!route.etag) {
    answer(response, status, headers, content)
    return
  }
  headers['etag'] = etagOf(content)
  // May be kept by the caller, and asked for again with its ETag.
  headers['cache-control'] = 'private, no-cache'
  const unchanged = route.method === 'GET' && etagListed(request.headers['if-none-match'], headers['etag'])
  answer(response, unchanged ? 304 : status, headers, unchanged ? '' : content)
}
