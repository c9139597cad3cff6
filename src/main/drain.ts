import type { Server } from 'node:http'

/** Connections that still work after this long are cut. */
const GRACE = 10_000

/** Stops accepting, lets running requests finish, closes idle connections; resolves when all are gone. */
export function drained(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), GRACE)
    cut.unref()
    // Since Node 19, close() also closes idle keep-alive connections.
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
  })
}
