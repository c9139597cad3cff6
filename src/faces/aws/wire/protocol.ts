import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SignatureFault } from '../../../core/domain/sigv4/refusal.ts'
import { partsOf } from '../../../core/domain/sigv4/signed-request.ts'
import type { Headers } from '../../http/answer.ts'
import type { BodyReader } from '../../http/body-once.ts'
import type { SpokenError } from '../errors.ts'
import type { StructureShape } from '../shapes/shape.ts'

/** What a service's operations are called by. */
export type Callable = {
  readonly target?: string
  readonly operations: {
    readonly [name: string]: { readonly http?: { readonly method: string; readonly path: string } }
  }
}

/** A call before its input is checked. */
export type Incoming = {
  readonly request: IncomingMessage
  readonly body: BodyReader
  readonly input: StructureShape
}

export type Outgoing = {
  readonly response: ServerResponse
  readonly requestId: string
  readonly operation: string
  readonly output: StructureShape | undefined
}

/** How a service's clients write and read: everything that differs between AWS JSON, REST-JSON and the query protocol. */
export type Protocol = {
  /** Whether a request is meant for a service, as far as its head tells: whatever host name it is called by. */
  readonly addresses: (request: IncomingMessage, service: Callable) => boolean
  /** The operation that it names. @throws AwsRefusal */
  readonly operationIn: (
    request: IncomingMessage,
    service: Callable,
    body: BodyReader,
  ) => string | Promise<string>
  /** The input as JSON. @throws AwsRefusal, media_type_unsupported, body_too_large */
  readonly read: (incoming: Incoming) => Promise<unknown>
  readonly answer: (outgoing: Outgoing, value: unknown) => void
  readonly refuse: (response: ServerResponse, requestId: string, error: SpokenError, headers: Headers) => void
  readonly signatureTypes: Readonly<Record<SignatureFault, string>>
}

/** What stands before and after the question mark. */
export const targetOf = ({ url = '' }: IncomingMessage) => partsOf(url)

/** Where AWS JSON and the query protocol have everything. */
export const isPostToRoot = (request: IncomingMessage): boolean =>
  request.method === 'POST' && targetOf(request).path === '/'
