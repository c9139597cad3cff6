import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, Server as TlsServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'

export type ListenerTls = Pick<ServerOptions, 'key' | 'cert'>

/** How long a client may take, in milliseconds. */
export type Patience = {
  /** For a TLS handshake, and then for the head of a request. */
  readonly headers: number
  /** For a whole request. */
  readonly request: number
  /** For the next octets of an answer that it takes. */
  readonly answer: number
}
const PATIENCE: Patience = { headers: 15_000, request: 60_000, answer: 300_000 }
/** For reading what was said last, before a connection is closed. */
const LINGER = 2_000
/** How often connections are looked at that may have taken too long; Node's own 30 seconds would double every time above. */
const LOOK = 2_000

/** Bounds on what a connection may cost before a request is understood. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  keepAliveTimeout: 65_000,
  // Two Content-Lengths, both Content-Length and chunks: a proxy in front may see another request than we do.
  insecureHTTPParser: false,
} as const

/** A client's certificate is for authentication to judge, with each request; the handshake proves that it holds the key. */
const ANY_CLIENT = { requestCert: false, rejectUnauthorized: false } as const

/**
 * A server for an app, or whatever else takes requests, not yet listening: over TLS (1.2 and later) when given a
 * certificate. What isn't HTTP is answered with a bare 400, 408 or 431 and the connection closed.
 */
export function createServer(
  app: RequestListener,
  tls?: ListenerTls,
  { headers, request, answer }: Patience = PATIENCE,
): Server {
  const limits = {
    ...LIMITS,
    headersTimeout: headers,
    requestTimeout: request,
    connectionsCheckingInterval: Math.min(LOOK, headers),
  }
  const server =
    tls === undefined
      ? createHttpServer(limits, app)
      : createHttpsServer(
          { ...limits, ...tls, ...ANY_CLIENT, minVersion: 'TLSv1.2', handshakeTimeout: headers },
          app,
        )
  // What makes no progress for so long is cut: without this, whoever reads nothing keeps its answer in memory.
  server.setTimeout(answer)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Nothing can be said before a handshake is through: an answer would wait for it, and the connection with it.
    if (error.code === 'ECONNRESET' || error.code === 'ERR_TLS_HANDSHAKE_TIMEOUT' || !socket.writable) {
      socket.destroy()
      return
    }
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    // Not at once, which could take the answer back; but a client that goes on talking isn't listened to.
    setTimeout(() => socket.destroy(), LINGER).unref()
  })
  return server
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

/**
 * Whether connections that begin from now on are asked for a client's certificate; those that stand go on as they are.
 * Which authorities would do isn't said: that would show everybody who has mappings.
 */
export function askForCertificates(server: Server, wanted: boolean): void {
  // Node reads it at each handshake, but its types don't know it.
  if (server instanceof TlsServer) (server as TlsServer & { requestCert: boolean }).requestCert = wanted
}
