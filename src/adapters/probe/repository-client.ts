import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import type { RepositoryAnswer, RepositoryClient } from '../../core/ports/repository-client.ts'

export type RepositoryClientOptions = {
  /** `http://`, perhaps with a path. */
  readonly base: string
  /** Milliseconds without an octet, and for a whole exchange. */
  readonly idleMs?: number
  readonly wholeMs?: number
}

/** Clients give up about then. */
const IDLE = 15_000
/** A CRL of a million entries at 3 Mbit/s. */
const WHOLE = 120_000

/** Fetches from the public repository at its base URL. */
export function createRepositoryClient({
  base,
  idleMs = IDLE,
  wholeMs = WHOLE,
}: RepositoryClientOptions): RepositoryClient {
  const { hostname, port, pathname } = new URL(base)
  const prefix = pathname.replace(/\/+$/, '')
  return {
    get: async (path, most): Promise<RepositoryAnswer> => {
      const outgoing = request({
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? 80 : Number(port),
        path: `${prefix}${path}`,
        // An own agent knows no proxy and shares no connection.
        agent: false,
        timeout: idleMs,
        signal: AbortSignal.timeout(wholeMs),
        headers: { host: new URL(base).host, 'user-agent': 'chancery-watch' },
      })
      outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing for ${idleMs} ms`)))
      try {
        outgoing.end()
        const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
        return { outcome: 'answered', status: incoming.statusCode ?? 0, body: bounded(incoming, most) }
      } catch (error) {
        return { outcome: 'failed', detail: `${base} can’t be reached: ${codeOf(error)}` }
      } finally {
        // What is destroyed later says so where its answer is read.
        outgoing.on('error', () => {})
      }
    },
  }
}

/** Leaving the loop destroys the stream, and the connection with it. */
async function* bounded(incoming: IncomingMessage, most: number): AsyncIterable<Uint8Array> {
  let octets = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    octets += chunk.length
    if (octets > most) throw new Error(`more than ${most} octets`)
    yield chunk
  }
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : error instanceof Error
      ? error.message
      : String(error)
