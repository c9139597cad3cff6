import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** Connections that still work after this long are cut. */
const GRACE = 10_000
/** How often connections are closed whose last request has been answered meanwhile. */
const SWEEP = 50

/** Stops accepting, lets running requests finish, closes idle connections; resolves when all are gone. */
export function drained(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), GRACE)
    cut.unref()
    // close() ends only connections that are idle at that moment: one that a busy client keeps would never be, and
    // then be cut in the middle of a request. So each gets one more answer, which says that it is the last
    // (RFC 9112 §9.6).
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.shouldKeepAlive = false
    })
    // Since Node 19, close() also closes idle keep-alive connections, but only those that are idle by then: one whose
    // request was under way would stay open until its client or a time-out ends it.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(sweep)
      resolve()
    })
  })
}
