import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { ProbeFailure } from '../../core/ports/http-probe.ts'
import { checkedAddresses, hostOf, portOf, type OutboundPolicy, type Resolve } from './guard.ts'

export type OutboundRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
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
      /** The headers Location and Retry-After. */
      readonly location: string | undefined
      readonly retryAfter: string | undefined
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
  const name = hostOf(url)
  const port = portOf(url, policy)
  const options = {
    method: request.method,
    // An address here, so that nothing is resolved any more. An own agent knows no proxy and shares no connection.
    host: address,
    port,
    path: `${url.pathname}${url.search}`,
    headers: { ...request.headers, host: url.host, 'content-length': request.body?.length ?? 0 },
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
      const outgoing = open(options, resolve).once('error', reject)
      const ready = url.protocol === 'https:' ? 'secureConnect' : 'connect'
      outgoing.once('socket', (socket) => socket.once(ready, () => (connected = true)))
      outgoing.end(request.body)
    })
    return { outcome: 'answered', address, ...(await answerOf(incoming, mostOctets)) }
  } catch (error) {
    return failureOf(error, connected, `${address} port ${port}`, signal)
  }
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
    location: incoming.headers.location,
    retryAfter: incoming.headers['retry-after'],
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
