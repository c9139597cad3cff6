import type { IncomingMessage, ServerResponse } from 'node:http'

/** A face as a listener hands requests to it. */
export type AwsFace = {
  /** Whether a request is one of AWS's: others are for REST. */
  readonly speaks: (request: IncomingMessage) => boolean
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>
  /** How it says no in front of that. */
  readonly refuse: (request: IncomingMessage, response: ServerResponse, thrown: unknown) => void
}
