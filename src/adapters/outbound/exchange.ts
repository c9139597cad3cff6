import {
  request as httpRequest,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { Readable } from 'node:stream'
import type { ProbeFailure } from '../../core/ports/http-probe.ts'
import { checkedAddresses, hostOf, portOf, type OutboundPolicy, type Resolve } from './guard.ts'

/** A body that is read as it is sent. */
export type StreamedBody = { readonly length: number; octets(): AsyncIterable<Uint8Array> }

export type OutboundRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | StreamedBody
}

/** What bounds and secures every exchange of one kind. */
export type OutboundTerms = {
  readonly policy: OutboundPolicy
  readonly resolve: Resolve
  /** Milliseconds for the whole exchange: resolution, connection, answer. */
  readonly timeoutMs: number
  /** How much of the answer's body is kept; the rest isn't read. */
  readonly mostOctets: number
  readonly tls: {
    /** Off only where the certificate says nothing that matters, as in a challenge that follows a redirect. */
    readonly verify: boolean
    /** PEM of authorities to trust instead of the runtime's own list. */
    readonly ca?: readonly string[]
    /** PEM, certificate and key, shown to a server that asks for one. */
    readonly client?: string
  }
}

export type OutboundFailure = Exclude<ProbeFailure, 'too_large' | 'too_many_redirects'>
export type OutboundAnswer =
  | {
      readonly outcome: 'answered'
      readonly status: number
      readonly headers: IncomingHttpHeaders
      readonly body: Uint8Array
      /** False where there was more of the body than is kept. */
      readonly whole: boolean
      /** The address that answered. */
      readonly address: string
    }
  | { readonly outcome: 'failed'; readonly reason: OutboundFailure; readonly detail: string }

const failed = (reason: OutboundFailure, detail: string): OutboundAnswer => ({
  outcome: 'failed',
  reason,
  detail,
})

/** Response headers beyond this are not HTTP worth reading (Node's own default, said here so that it stays). */
const MOST_HEADER_OCTETS = 16_384

/**
 * One HTTP exchange with what a stranger named: checked, bounded, over a connection of its own to exactly an address
 * that was checked, past any proxy of the environment. Follows no redirect: its target has to be checked like the URL
 * was. Never rejects.
 * @param stopping ends it early, as a time-out does
 */
export async function exchange(
  request: OutboundRequest,
  terms: OutboundTerms,
  stopping?: AbortSignal,
): Promise<OutboundAnswer> {
  if (!URL.canParse(request.url)) return failed('forbidden', 'it is no URL')
  const url = new URL(request.url)
  const timeout = AbortSignal.timeout(terms.timeoutMs)
  const signal = stopping === undefined ? timeout : AbortSignal.any([timeout, stopping])
  const checked = await Promise.race([checkedAddresses(url, terms.policy, terms.resolve), aborted(signal)])
  if (checked === undefined) return failed('timeout', `${hostOf(url)} was not resolved in time`)
  if ('reason' in checked) return failed(checked.reason, checked.detail)
  let last = failed('unreachable', 'there is no address')
  for (const address of checked.addresses) {
    last = await exchangeWith(address, url, request, terms, signal)
    // Only a connection that never came about is tried elsewhere: a request must not arrive twice.
    if (last.outcome === 'answered' || last.reason !== 'unreachable') return last
  }
  return last
}

/** A streamed body waits until it is wanted. */
const lengthOf = ({ body }: OutboundRequest): Readonly<Record<string, string | number>> => ({
  'content-length': body?.length ?? 0,
  ...(body === undefined || body instanceof Uint8Array ? {} : { expect: '100-continue' }),
})

const aborted = (signal: AbortSignal): Promise<undefined> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }))

async function exchangeWith(
  address: string,
  url: URL,
  request: OutboundRequest,
  { policy, mostOctets, tls }: OutboundTerms,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  let connected = false
  let sending: ClientRequest | undefined
  const name = hostOf(url)
  const port = portOf(url, policy)
  const options = {
    method: request.method,
    // An address here, so that nothing is resolved any more. An own agent knows no proxy and shares no connection.
    host: address,
    port,
    path: `${url.pathname}${url.search}`,
    headers: { ...request.headers, host: url.host, ...lengthOf(request) },
    agent: false as const,
    signal,
    maxHeaderSize: MOST_HEADER_OCTETS,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    rejectUnauthorized: tls.verify,
    ...(tls.ca === undefined ? {} : { ca: [...tls.ca] }),
    ...(tls.client === undefined ? {} : { cert: tls.client, key: tls.client }),
  }
  try {
    const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
      const open = url.protocol === 'https:' ? httpsRequest : httpRequest
      const outgoing = (sending = open(options, resolve).on('error', reject))
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect'
      outgoing.once('socket', (socket) => socket.once(ready, () => (connected = true)))
      const { body } = request
      if (body === undefined || body instanceof Uint8Array) outgoing.end(body)
      else sendWhenWanted(body, outgoing)
    })
    return { outcome: 'answered', address, ...(await answerOf(incoming, mostOctets)) }
  } catch (error) {
    return failureOf(error, connected, `${address} port ${port}`, signal)
  } finally {
    // Whatever of the body an early answer has left unsent.
    sending?.destroy()
  }
}

/** How long a server that knows no `100 Continue` is waited for: a second, as curl has it. */
const CONTINUE_MS = 1000

/**
 * RFC 9110 §10.1.1: the body goes when the server says that it wants it, or says nothing. One that refuses the head is
 * heard before megabytes are on their way to it; what it said would be lost when it ends the connection under them.
 */
function sendWhenWanted(body: StreamedBody, outgoing: ClientRequest): void {
  let begun = false
  const begin = (): void => {
    if (begun || outgoing.destroyed) return
    begun = true
    const source = Readable.from(body.octets(), { objectMode: false })
    source.once('error', (error) => outgoing.destroy(error)).pipe(outgoing)
    outgoing.once('close', () => source.destroy())
  }
  const patience = setTimeout(begin, CONTINUE_MS)
  outgoing.once('continue', begin)
  outgoing.once('response', () => (begun = true))
  outgoing.once('close', () => clearTimeout(patience))
  outgoing.flushHeaders()
}

async function answerOf(
  incoming: IncomingMessage,
  most: number,
): Promise<Omit<Extract<OutboundAnswer, { outcome: 'answered' }>, 'outcome' | 'address'>> {
  const chunks: Buffer[] = []
  let octets = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    octets += chunk.length
    // Leaving the loop destroys the stream, and the connection with it.
    if (octets > most) break
  }
  const body = Buffer.concat(chunks).subarray(0, most)
  return {
    status: incoming.statusCode ?? 0,
    headers: incoming.headers,
    body: new Uint8Array(body),
    whole: octets <= most,
  }
}

/** The code of an error and nothing of its message, which may quote what the other side sent. */
function failureOf(error: unknown, connected: boolean, where: string, signal: AbortSignal): OutboundAnswer {
  if (signal.aborted) return failed('timeout', `${where} gave no whole answer in time`)
  const code =
    error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no code'
  if (!connected) return failed('unreachable', `no connection to ${where} (${code})`)
  if (code.startsWith('HPE_')) return failed('malformed', `${where} does not speak HTTP (${code})`)
  return failed('malformed', `${where} ended the connection before its answer (${code})`)
}
