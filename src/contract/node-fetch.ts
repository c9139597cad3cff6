import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Fetch, FetchInit, FetchResponse } from './client.ts'

export type NodeFetchOptions = {
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string | Uint8Array
  /** Most connections kept at a time. */
  readonly maxSockets?: number
  /** Milliseconds without any octet before a call fails. */
  readonly timeoutMs?: number
}

/** Larger than any answer of the API: a bound on what a stranger at that URL can make us keep. */
const MAX_ANSWER = 64 * 1024 * 1024

/**
 * A `Fetch` on node:https with connections kept alive and a CA of the caller's, for `createClient`. Redirects are
 * answers like any other: a bearer token isn't carried elsewhere. `close` ends the kept connections.
 */
export function createNodeFetch(options: NodeFetchOptions = {}): Fetch & { close(): void } {
  const pool = { keepAlive: true, maxSockets: options.maxSockets ?? 32 }
  const plain = new HttpAgent(pool)
  const secure = new HttpsAgent({
    ...pool,
    ...(options.ca === undefined ? {} : { ca: Buffer.from(options.ca) }),
  })
  const timeout = options.timeoutMs ?? 60_000
  const send = (url: string, init: FetchInit): Promise<FetchResponse> => {
    const target = new URL(url)
    const tls = target.protocol === 'https:'
    const settings = { method: init.method, headers: init.headers, agent: tls ? secure : plain, timeout }
    return exchange(tls ? httpsRequest : httpRequest, target, settings, init)
  }
  const close = () => {
    plain.destroy()
    secure.destroy()
  }
  return Object.assign(send, { close })
}

function exchange(
  open: typeof httpsRequest,
  target: URL,
  settings: RequestOptions,
  init: FetchInit,
): Promise<FetchResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = open(target, {
      ...settings,
      ...(init.signal === undefined ? {} : { signal: init.signal }),
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer from ${target.host} in time`)))
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      if (init.streamed === true) resolve(streamedResponseOf(incoming))
      else collect(incoming).then((bytes) => resolve(responseOf(incoming, bytes)), reject)
    })
    outgoing.end(init.body)
  })
}

async function collect(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_ANSWER) throw new Error(`the answer is larger than ${MAX_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

const headOf = (incoming: IncomingMessage): Pick<FetchResponse, 'status' | 'headers'> => ({
  status: incoming.statusCode ?? 0,
  headers: {
    get: (name) => {
      const value = incoming.headers[name.toLowerCase()]
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value
    },
  },
})

function responseOf(incoming: IncomingMessage, bytes: Buffer): FetchResponse {
  const copy = new Uint8Array(bytes)
  return { ...headOf(incoming), arrayBuffer: () => Promise.resolve(copy.buffer) }
}

const streamedResponseOf = (incoming: IncomingMessage): FetchResponse => ({
  ...headOf(incoming),
  arrayBuffer: async () => new Uint8Array(await collect(incoming)).buffer,
  body: incoming as AsyncIterable<Uint8Array>,
})
