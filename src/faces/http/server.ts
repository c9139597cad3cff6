import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import type { Socket } from 'node:net'

export type ListenerTls = Pick<ServerOptions, 'key' | 'cert'>

/** Bounds on what a connection may cost before a request is understood. */
const LIMITS = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 15_000,
  requestTimeout: 60_000,
  keepAliveTimeout: 65_000,
  // Two Content-Lengths, both Content-Length and chunks: a proxy in front may see another request than we do.
  insecureHTTPParser: false,
} as const

/**
 * A server for an app, or whatever else takes requests, not yet listening: over TLS (1.2 and later) when given a
 * certificate. What isn't HTTP is answered with a bare 400, 408 or 431 and the connection closed.
 */
export function createServer(app: RequestListener, tls?: ListenerTls): Server {
  const server =
    tls === undefined
      ? createHttpServer(LIMITS, app)
      : createHttpsServer({ ...LIMITS, ...tls, minVersion: 'TLSv1.2' }, app)
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy()
      return
    }
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  })
  return server
}

const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}
