import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type SecureContextOptions } from 'node:tls'

/**
 * What a TLS client that trusts `root` alone says about a server with that pair, reached as `servername`: `authorized`, or
 * the code of the error. OpenSSL builds and checks the path, for the purpose of a server.
 */
export async function handshake(
  pair: SecureContextOptions,
  root: string,
  servername: string,
): Promise<string> {
  const server = createServer(pair, (socket) => socket.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', servername, ca: root, rejectUnauthorized: false })
  try {
    await once(client, 'secureConnect')
    // Typed as an Error, but it is the error's code.
    return client.authorized ? 'authorized' : String(client.authorizationError)
  } finally {
    client.destroy()
    server.close()
  }
}
